#include "transport/http1/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace sallyport::transport::http1 {
namespace {

constexpr std::string_view good_heads[] = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET /v1/auth/me?fields=id&x=%20 HTTP/1.1\r\nHost: auth.example.org:8443\r\nAccept: */*\r\n\r\n",
    "POST /v1/auth/login HTTP/1.1\r\nhOsT:\t[2001:db8::1]:80 \r\nContent-Type: application/json\r\n"
    "Content-Length: 42\r\nExpect: 100-Continue\r\nConnection: keep-alive\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nEmpty:\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET HTTP://other.example/p?q HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.7\r\nHost: a\r\nX-Opaque: \x80\xff caf\xc3\xa9\r\n\r\n",
};

HeadOutcome parse(std::string_view bytes, HeadLimits limits = {}) {
  RequestHead head;
  return parse_request_head(bytes, head, limits);
}

RequestHead parsed(std::string_view bytes) {
  RequestHead head;
  const auto outcome = parse_request_head(bytes, head);
  EXPECT_EQ(outcome.status, HeadStatus::complete) << outcome.refusal.rule;
  return head;
}

std::string get_with(std::string_view lines) {
  return std::string("GET / HTTP/1.1\r\nHost: a\r\n").append(lines).append("\r\n");
}

std::string get_of(std::string_view target) {
  return std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
}

void expect_refusal(std::string_view bytes, int status, std::string_view rule, HeadLimits limits = {}) {
  SCOPED_TRACE(testing::PrintToString(std::string(bytes.substr(0, 200))));
  const auto outcome = parse(bytes, limits);
  EXPECT_EQ(outcome.status, HeadStatus::refused);
  EXPECT_EQ(outcome.refusal.status, status);
  EXPECT_EQ(outcome.refusal.rule, rule);
  EXPECT_EQ(outcome.consumed, 0U);
}

}  // namespace

TEST(RequestHead, IsGivenAsViewsIntoTheBytes) {
  const auto head = parsed(good_heads[2]);

  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/v1/auth/login");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_EQ(head.host, "[2001:db8::1]:80");
  EXPECT_EQ(head.framing, Framing::content_length);
  EXPECT_EQ(head.content_length, 42U);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.expects_continue);
  ASSERT_EQ(head.fields.size(), 5U);
  EXPECT_EQ(head.fields.begin()->name, "hOsT");
  EXPECT_EQ(head.fields.begin()->value, "[2001:db8::1]:80");
  EXPECT_EQ(head.fields.begin()->name.data(), good_heads[2].data() + good_heads[2].find("hOsT"));
}

TEST(RequestHead, LeavesPipelinedBytesAlone) {
  for (const auto good : good_heads) {
    SCOPED_TRACE(good);
    const auto outcome = parse(std::string(good) + std::string("\0GET \n", 6));
    EXPECT_EQ(outcome.status, HeadStatus::complete);
    EXPECT_EQ(outcome.consumed, good.size());
  }
}

TEST(RequestHead, IsIncompleteExactlyUntilItsLastByte) {
  for (const auto good : good_heads) {
    SCOPED_TRACE(good);
    RequestHead head;
    for (std::size_t length = 0; length < good.size(); ++length) {
      const auto scanned = length == 0 ? 0 : length - 1;
      EXPECT_EQ(parse(good.substr(0, length)).status, HeadStatus::incomplete) << length;
      EXPECT_EQ(parse_request_head(good.substr(0, length), head, {}, scanned).status, HeadStatus::incomplete);
    }
    EXPECT_EQ(parse(good).status, HeadStatus::complete);
    EXPECT_EQ(parse_request_head(good, head, {}, good.size() - 1).status, HeadStatus::complete);
  }
}

TEST(RequestHead, LeavesNothingOfTheFormerRequestBehind) {
  RequestHead head;
  ASSERT_EQ(parse_request_head(good_heads[2], head).status, HeadStatus::complete);
  ASSERT_EQ(parse_request_head("GET /?q HTTP/1.0\r\n\r\n", head).status, HeadStatus::complete);

  EXPECT_EQ(head.host, "");
  EXPECT_EQ(head.query, "q");
  EXPECT_EQ(head.minor_version, 0);
  EXPECT_EQ(head.framing, Framing::none);
  EXPECT_EQ(head.content_length, 0U);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_FALSE(head.expects_continue);
  EXPECT_EQ(head.fields.size(), 0U);
}

TEST(RequestHead, RefusesAsSoonAsTheOffendingByteHasCome) {
  static constexpr struct {
    std::string_view bytes, rule;
  } cases[] = {
      {"\x16", "method_malformed"},
      {" ", "method_malformed"},
      {"\n", "method_malformed"},
      {"\r\n\r", "method_malformed"},
      {"\rG", "bare_cr"},
      {"G\x01", "method_malformed"},
      {"GET\r", "method_malformed"},
      {"GET  ", "target_malformed"},
      {"GET x", "target_malformed"},
      {"GET /\t", "target_malformed"},
      {"GET /#", "target_malformed"},
      {"GET /\r", "target_malformed"},
      {"GET /\x7f", "target_malformed"},
      {"GET /\xc3", "target_malformed"},
      {"GET / h", "version_malformed"},
      {"GET /  ", "version_malformed"},
      {"GET / HTTP/1.x", "version_malformed"},
      {"GET / HTTP/1.10", "control_byte"},
      {"GET / HTTP/1.1 ", "control_byte"},
      {"GET / HTTP/1.1\n", "bare_lf"},
      {"GET / HTTP/1.1\rH", "bare_cr"},
      {"GET / HTTP/1.1\r\n ", "obsolete_line_folding"},
      {"GET / HTTP/1.1\r\n\n", "bare_lf"},
      {"GET / HTTP/1.1\r\n:", "field_name_malformed"},
      {"GET / HTTP/1.1\r\nHost ", "field_name_malformed"},
      {"GET / HTTP/1.1\r\nHost\t", "field_name_malformed"},
      {"GET / HTTP/1.1\r\nHost\r", "field_name_malformed"},
      {"GET / HTTP/1.1\r\nH\xc3", "field_name_malformed"},
      {"GET / HTTP/1.1\r\nH(", "field_name_malformed"},
      {"GET / HTTP/1.1\r\nHost: a\n", "bare_lf"},
      {"GET / HTTP/1.1\r\nHost: a\rb", "bare_cr"},
      {"GET / HTTP/1.1\r\nHost: a\r\n\t", "obsolete_line_folding"},
      {"GET / HTTP/1.1\r\nX: \x01", "control_byte"},
      {"GET / HTTP/1.1\r\nX: \x7f", "control_byte"},
      {"GET / HTTP/1.1\r\nHost: a\r\n\rX", "bare_cr"},
  };
  for (const auto& [bytes, rule] : cases) {
    expect_refusal(bytes, 400, rule);
    EXPECT_EQ(parse(bytes.substr(0, bytes.size() - 1)).status, HeadStatus::incomplete) << bytes;
  }
  expect_refusal(std::string_view("GET / HTTP/1.1\r\nX: \0", 20), 400, "control_byte");
}

TEST(RequestHead, TakesOneEmptyLineBeforeTheRequestLine) {
  EXPECT_EQ(parse("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").consumed, 29U);
  expect_refusal("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method_malformed");
}

TEST(RequestHead, TakesAnyMethodOfUpTo32BytesButConnect) {
  EXPECT_EQ(parsed(std::string(32, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n").method.size(), 32U);
  for (const std::string_view method : {"HEAD", "DELETE", "OPTIONS", "get", "M-SEARCH", "!#$%&'*+-.^_`|~"})
    EXPECT_EQ(parsed(std::string(method) + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n").content_length, 3U);
  expect_refusal(std::string(33, 'M'), 501, "method_too_long");
  expect_refusal("CONNECT ", 501, "connect_refused");
  EXPECT_EQ(parse("CONNECT ").refusal.code, "method_unsupported");
}

TEST(RequestHead, TakesOriginFormTargetsOfVisibleAscii) {
  const auto bytes = get_of("/a//b;c=%zz/{|}?x=1?&y=/");
  const auto head = parsed(bytes);

  EXPECT_EQ(head.target, "/a//b;c=%zz/{|}?x=1?&y=/");
  EXPECT_EQ(head.path, "/a//b;c=%zz/{|}");
  EXPECT_EQ(head.query, "x=1?&y=/");
}

TEST(RequestHead, TakesTheAuthorityOfAnAbsoluteTargetForTheHost) {
  static constexpr struct {
    std::string_view target, host, path, query;
  } cases[] = {
      {"http://auth.example:8080/v1?x", "auth.example:8080", "/v1", "x"},
      {"HTTPS://b", "b", "/", ""},
      {"https://b?x", "b", "/", "x"},
      {"http://[::1]/", "[::1]", "/", ""},
  };
  for (const auto& [target, host, path, query] : cases) {
    SCOPED_TRACE(target);
    const auto bytes = get_of(target);
    const auto head = parsed(bytes);
    EXPECT_EQ(head.target, target);
    EXPECT_EQ(head.host, host);
    EXPECT_EQ(head.path, path);
    EXPECT_EQ(head.query, query);
  }
  expect_refusal("GET http://b/ HTTP/1.1\r\n\r\n", 400, "host_missing");
  expect_refusal("GET http://b/ HTTP/1.1\r\nHost: b\r\nHost: b\r\n", 400, "host_repeated");
}

TEST(RequestHead, RefusesEveryOtherTarget) {
  for (const std::string_view target :
       {"example.org:443", "http:/b/", "http://", "http:///x", "http://user@b/", "http://b:x/", "http://a,b/",
        "ftp://b/", "*", "hello", "httpx://b/", "http://b:70000/", "/a b"})
    expect_refusal(get_of(target), 400, target == "/a b" ? "version_malformed" : "target_malformed");
  expect_refusal("OPTIONS *x HTTP/1.1\r\n", 400, "target_malformed");
}

TEST(RequestHead, SpeaksEveryMinorVersionOfHttp1) {
  EXPECT_EQ(parsed("GET / HTTP/1.0\r\n\r\n").minor_version, 0);
  EXPECT_EQ(parsed("GET / HTTP/1.9\r\nHost: a\r\n\r\n").minor_version, 1);
  for (const std::string_view version : {"2.0", "9.9", "0.9", "3.1"}) {
    const auto outcome = parse(std::string("GET / HTTP/").append(version));
    EXPECT_EQ(outcome.refusal.status, 505);
    EXPECT_EQ(outcome.refusal.code, "version_unsupported");
  }
}

TEST(RequestHead, NeedsExactlyOneGoodHostInHttp11) {
  for (const std::string_view host : {"a", "a.b-c_d~e", "10.0.0.1:1", "A:65535", "a:", "[::ffff:10.0.0.1]:443"}) {
    const auto bytes = std::string("GET / HTTP/1.1\r\nHost: ").append(host).append("\r\n\r\n");
    EXPECT_EQ(parsed(bytes).host, host);
  }
  for (const std::string_view host : {"", "a,b", "a, b", "u@a", "a/b", "a:b", "a:65536", "a:123456", "a:+1", ":80",
                                      "a b", "[::1", "[]", "[:]", "[::1]x", "[g::]", "a%2Eb", "http://a", "\xc3\xa4"})
    expect_refusal(std::string("GET / HTTP/1.1\r\nHost: ").append(host).append("\r\n"), 400, "host_malformed");
  expect_refusal("GET / HTTP/1.1\r\nHosts: a\r\n\r\n", 400, "host_missing");
  expect_refusal(get_with("host: a\r\n"), 400, "host_repeated");
  expect_refusal("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host_repeated");
}

TEST(RequestHead, TakesOneContentLengthOfDigits) {
  static constexpr struct {
    std::string_view value;
    std::uint64_t length;
  } good[] = {{"0", 0}, {"007", 7}, {"18446744073709551615", UINT64_MAX}};
  for (const auto& [value, length] : good) {
    const auto head = parsed(get_with(std::string("Content-Length: ").append(value).append("\r\n")));
    EXPECT_EQ(head.framing, Framing::content_length);
    EXPECT_EQ(head.content_length, length);
  }
  for (const std::string_view value :
       {"", "+5", "-1", "5, 5", "5,5", "5 5", "0x5", "5a", "18446744073709551616", "1e3"})
    expect_refusal(get_with(std::string("Content-Length: ").append(value).append("\r\n")), 400,
                   "content_length_malformed");
  expect_refusal(get_with("Content-Length: 5\r\ncontent-length: 5\r\n"), 400, "content_length_repeated");
}

TEST(RequestHead, TakesNoTransferEncodingButChunked) {
  EXPECT_EQ(parsed(get_with("transfer-encoding:CHUNKED \r\n")).framing, Framing::chunked);
  static constexpr struct {
    std::string_view lines;
    int status;
    std::string_view rule;
  } cases[] = {
      {"Transfer-Encoding: gzip, chunked\r\n", 501, "transfer_coding_unsupported"},
      {"Transfer-Encoding: foo , bar,chunked\r\n", 501, "transfer_coding_unsupported"},
      {"Transfer-Encoding: chunked, gzip\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding: chunked, chunked\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding: , chunked\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding: gzip\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding: identity\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding: xchunked\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding: chunked;a=b\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding: \"chunked\"\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding:\r\n", 400, "transfer_encoding_malformed"},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400, "transfer_encoding_repeated"},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400, "framing_ambiguous"},
      {"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", 400, "framing_ambiguous"},
  };
  for (const auto& [lines, status, rule] : cases) expect_refusal(get_with(lines), status, rule);
  expect_refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", 400, "transfer_encoding_in_http_1_0");
}

TEST(RequestHead, KeepsTheConnectionAsTheClientAsks) {
  static constexpr struct {
    std::string_view lines;
    bool in_1_1, in_1_0;
  } cases[] = {{"", true, false},
               {"Connection: Keep-Alive\r\n", true, true},
               {"Connection: upgrade, ,\tCLOSE\r\n", false, false},
               {"Connection: close, keep-alive\r\n", false, false},
               {"Connection: keep-alive\r\nConnection: close\r\n", false, false},
               {"Connection: closed\r\n", true, false}};
  for (const auto& [lines, in_1_1, in_1_0] : cases) {
    SCOPED_TRACE(lines);
    EXPECT_EQ(parsed(get_with(lines)).keep_alive, in_1_1);
    EXPECT_EQ(parsed(std::string("GET / HTTP/1.0\r\n").append(lines).append("\r\n")).keep_alive, in_1_0);
  }
  expect_refusal(get_with("Connection: close;q=1\r\n"), 400, "connection_malformed");
}

TEST(RequestHead, KnowsNoExpectationBut100Continue) {
  EXPECT_TRUE(parsed(get_with("Content-Length: 1\r\nExpect: 100-Continue\r\n")).expects_continue);
  EXPECT_TRUE(parsed(get_with("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")).expects_continue);
  EXPECT_FALSE(parsed(get_with("Content-Length: 0\r\nExpect: 100-continue\r\n")).expects_continue);
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n").expects_continue);
  for (const std::string_view value : {"", "200-ok", "100-continue, x"})
    expect_refusal(get_with(std::string("Expect: ").append(value).append("\r\n")), 417, "expectation_unsupported");
}

TEST(RequestHead, FindsFieldsInAnyCaseAndCountsThem) {
  const auto bytes = get_with("Cookie: a=1\r\nX-Empty: \t \r\ncookie:\tb=2\t\r\nX-Tab: a\tb\r\n");
  const auto fields = parsed(bytes).fields;

  EXPECT_EQ(fields.find("COOKIE"), "a=1");
  EXPECT_EQ(fields.count("cookie"), 2U);
  EXPECT_EQ(fields.find("x-empty"), "");
  EXPECT_EQ(fields.find("x-tab"), "a\tb");
  EXPECT_EQ(fields.find("cooki"), std::nullopt);
  EXPECT_EQ(fields.count("absent"), 0U);
}

TEST(RequestHead, IsRefusedAtTheFirstByteOverALimit) {
  const HeadLimits limits{.max_bytes = 100, .max_fields = 2, .max_target = 10};

  EXPECT_EQ(parse("GET /123456789 ", limits).status, HeadStatus::incomplete);
  expect_refusal("GET /1234567890", 414, "target_too_long", limits);

  const std::string two_fields = "GET / HTTP/1.1\r\nHost: a\r\nA:\r\n";
  EXPECT_EQ(parse(two_fields + "\r\n", limits).status, HeadStatus::complete);
  expect_refusal(two_fields + "B", 431, "too_many_fields", limits);

  std::string longest = "GET / HTTP/1.1\r\nHost: a\r\nA:";
  longest.append(96 - longest.size(), 'x');
  EXPECT_EQ(parse(longest + "\r\n\r\n", limits).status, HeadStatus::complete);
  EXPECT_EQ(parse(longest + "\r\n\r\nGET / HTTP/1.1", limits).status, HeadStatus::complete);
  EXPECT_EQ(parse(longest + "xxxx", limits).status, HeadStatus::incomplete);
  expect_refusal(longest + "xxxxx", 431, "head_too_long", limits);
  expect_refusal(longest + "x\r\n\r\n", 431, "head_too_long", limits);
}

TEST(RequestHead, HoldsAHundredFieldsByDefault) {
  std::string lines;
  for (int i = 0; i < 99; ++i) lines += "A:\r\n";
  EXPECT_EQ(parsed(get_with(lines)).fields.size(), 100U);
  expect_refusal(get_with(lines + "A:\r\n"), 431, "too_many_fields");
  RequestHead head;
  EXPECT_EQ(parse_request_head(get_with(lines + "A:\r\n"), head, {.max_fields = 1000}).refusal.status, 431);
}

TEST(RequestHead, ThatTricklesInMeetsEveryLimitAndEndsTheSame) {
  RequestHead head;
  const auto trickle = [&head](std::string_view bytes) {
    for (std::size_t length = 1; length <= bytes.size(); ++length) {
      const auto outcome = parse_request_head(bytes.substr(0, length), head, {}, length - 1);
      if (outcome.status != HeadStatus::incomplete) return std::pair{outcome, length};
    }
    return std::pair{HeadOutcome{}, bytes.size()};
  };
  const auto good = get_with("A: " + std::string(9000, 'x') + "\r\nB: y\r\n");
  EXPECT_EQ(trickle(good).first.consumed, good.size());

  const auto [too_long, at] = trickle(get_with("A: " + std::string(20000, 'x')));
  EXPECT_EQ(too_long.refusal.status, 431);
  EXPECT_EQ(at, 16385U);

  const auto [offence, answered_at] =
      trickle(get_with("A: " + std::string(1000, 'x') + '\x01' + std::string(2000, 'x')));
  EXPECT_EQ(offence.refusal.rule, "control_byte");
  EXPECT_LE(answered_at, 1029U + 512U);
}

}  // namespace sallyport::transport::http1
