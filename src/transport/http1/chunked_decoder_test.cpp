#include "transport/http1/chunked_decoder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "fuzz/http1_invariants.h"

namespace sallyport::transport::http1 {
namespace {

constexpr std::uint64_t max_body = 1000;

fuzz::Decoded decode(std::string_view wire) {
  return fuzz::decode_in_pieces(wire, max_body, [] { return std::string_view::npos; });
}

void expect_refusal(std::string_view wire, int status, std::string_view rule) {
  SCOPED_TRACE(testing::PrintToString(std::string(wire.substr(0, 100))));
  const auto decoded = decode(wire);
  EXPECT_EQ(decoded.progress.state, ChunkedState::refused);
  EXPECT_EQ(decoded.progress.refusal.status, status);
  EXPECT_EQ(decoded.progress.refusal.rule, rule);
  EXPECT_NE(decode(wire.substr(0, wire.size() - 1)).progress.state, ChunkedState::refused) << "could be told earlier";
}

std::string body_encoded(std::string_view lines) { return std::string("1\r\na\r\n0\r\n").append(lines).append("\r\n"); }

}  // namespace

TEST(ChunkedDecoder, JoinsTheChunksAndStopsAfterTheLast) {
  const auto [progress, body] = decode("4\r\nWiki\r\n00B\r\npedia in \r\n\r\n0\r\n\r\nGET / HTTP/1.1");

  EXPECT_EQ(progress.state, ChunkedState::done);
  EXPECT_EQ(body, "Wikipedia in \r\n");
  EXPECT_EQ(progress.consumed, 32U);
}

TEST(ChunkedDecoder, DropsExtensionsAndTrailers) {
  const auto [progress, body] = decode(
      "1;a=b;c=\"d \xff\te\"\r\nx\r\n1 \t;\r\ny\r\n00;last\r\nServer-Timing: 1\r\nX:\r\nContent-Length: 7\r\n\r\n");

  EXPECT_EQ(progress.state, ChunkedState::done);
  EXPECT_EQ(body, "xy");
}

TEST(ChunkedDecoder, SaysTheSameAgainOnceDecided) {
  std::string body;
  ChunkedDecoder done(max_body), refused(max_body);

  EXPECT_EQ(done.feed("0\r\n\r\n", body).state, ChunkedState::done);
  const auto after_done = done.feed("1\r\na\r\n", body);
  refused.feed("x", body);
  const auto after_refused = refused.feed("0\r\n\r\n", body);

  EXPECT_EQ(after_done.state, ChunkedState::done);
  EXPECT_EQ(after_done.consumed, 0U);
  EXPECT_EQ(after_refused.state, ChunkedState::refused);
  EXPECT_EQ(after_refused.refusal.rule, "chunk_size_malformed");
  EXPECT_EQ(body, "");
}

TEST(ChunkedDecoder, RefusesWhatIsNotAChunk) {
  static constexpr struct {
    std::string_view wire, rule;
  } cases[] = {
      {"\r", "chunk_size_malformed"},
      {" ", "chunk_size_malformed"},
      {";", "chunk_size_malformed"},
      {"-", "chunk_size_malformed"},
      {"0x", "chunk_size_malformed"},
      {"1g", "chunk_size_malformed"},
      {"1\n", "chunk_size_malformed"},
      {"1 \r", "chunk_size_malformed"},
      {"1 2", "chunk_size_malformed"},
      {"1\ra", "chunk_line_end_malformed"},
      {"1\r\r", "chunk_line_end_malformed"},
      {"1\r\nab", "chunk_line_end_malformed"},
      {"1\r\na\n", "chunk_line_end_malformed"},
      {"1\r\na\rx", "chunk_line_end_malformed"},
      {"1\r\na\r\n\r", "chunk_size_malformed"},
      {"1;a\n", "chunk_extension_malformed"},
      {"1;a\x01", "chunk_extension_malformed"},
      {"1;a\x7f", "chunk_extension_malformed"},
      {"1;a\rb", "chunk_line_end_malformed"},
      {"0\r\n\n", "trailer_malformed"},
      {"0\r\n ", "trailer_malformed"},
      {"0\r\n:", "trailer_malformed"},
      {"0\r\n\rx", "trailer_malformed"},
      {"0\r\nA ", "trailer_malformed"},
      {"0\r\nA\r", "trailer_malformed"},
      {"0\r\nA: b\n", "trailer_malformed"},
      {"0\r\nA: b\x01", "trailer_malformed"},
      {"0\r\nA: b\rc", "trailer_malformed"},
      {"0\r\nA: b\r\n ", "trailer_malformed"},
  };
  for (const auto& [wire, rule] : cases) expect_refusal(wire, 400, rule);
  expect_refusal(std::string_view("1;\0", 3), 400, "chunk_extension_malformed");
}

TEST(ChunkedDecoder, BoundsTheSizeLine) {
  EXPECT_EQ(decode("0000000000000001\r\na\r\n0000000000000000\r\n\r\n").body, "a");
  expect_refusal("00000000000000001", 400, "chunk_size_too_long");

  const std::string longest(255, 'x');
  EXPECT_EQ(decode("1;" + longest + "\r\na\r\n0;" + longest + "\r\n\r\n").body, "a");
  expect_refusal("1;" + longest + "x", 400, "chunk_extension_too_long");
  expect_refusal("1" + std::string(257, ' '), 400, "chunk_extension_too_long");
}

TEST(ChunkedDecoder, BoundsTheExtensionsOfAllChunksTogether) {
  std::string wire;
  for (int i = 0; i < 64; ++i) wire.append("1;").append(255, 'x').append("\r\na\r\n");
  EXPECT_EQ(decode(wire + "0\r\n\r\n").progress.state, ChunkedState::done);
  expect_refusal(wire + "0;", 400, "chunk_extension_too_long");
}

TEST(ChunkedDecoder, RefusesABodyOverTheLimitBeforeItsContent) {
  const std::string full = fuzz::encode_in_chunks(std::string(max_body, 'x'), [] { return 300U; });
  EXPECT_EQ(decode(full).body.size(), max_body);

  const auto without_last_chunk = full.substr(0, full.size() - 5);
  expect_refusal(without_last_chunk + "1", 413, "body_too_large");
  expect_refusal("3e9", 413, "body_too_large");
  expect_refusal("FFF", 413, "body_too_large");

  ChunkedDecoder unbounded(UINT64_MAX);
  std::string body;
  EXPECT_EQ(unbounded.feed("1\r\na\r\nfffffffffffffffe\r\n", body).state, ChunkedState::needs_more);
  ChunkedDecoder overflowing(UINT64_MAX);
  EXPECT_EQ(overflowing.feed("1\r\na\r\nffffffffffffffff\r\n", body).refusal.status, 413);
}

TEST(ChunkedDecoder, BoundsTheTrailers) {
  std::string sixteen;
  for (int i = 0; i < 16; ++i) sixteen += "A: b\r\n";
  EXPECT_EQ(decode(body_encoded(sixteen)).progress.state, ChunkedState::done);
  expect_refusal("0\r\n" + sixteen + "A", 431, "too_many_trailers");

  const std::string longest = "A:" + std::string(4096 - 6, 'x');
  EXPECT_EQ(decode(body_encoded(longest + "\r\n")).progress.state, ChunkedState::done);
  expect_refusal("0\r\n" + longest + "x\r\n\r\n", 431, "trailers_too_long");
}

TEST(ChunkedDecoder, GivesTheSameBodyHoweverItIsChunkedAndCut) {
  const bool holds = rc::check("decode(cut(encode(body))) == body", [](const std::string& text) {
    const auto body = text.substr(0, max_body);
    const auto length = [](std::size_t most) { return [most] { return *rc::gen::inRange<std::size_t>(1, most); }; };
    const auto wire = fuzz::encode_in_chunks(body, length(20));

    const auto decoded = fuzz::decode_in_pieces(wire + "next", max_body, length(9));

    RC_ASSERT(decoded.progress.state == ChunkedState::done);
    RC_ASSERT(decoded.progress.consumed == wire.size());
    RC_ASSERT(decoded.body == body);
  });
  EXPECT_TRUE(holds);
}

TEST(ChunkedDecoder, DecidesOnDamagedBytesAlikeHoweverTheyAreCut) {
  const bool holds = rc::check("damage", [] {
    const auto body = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    auto wire = fuzz::encode_in_chunks(body, [] { return *rc::gen::inRange<std::size_t>(1, 20); });
    const auto at = *rc::gen::inRange<std::size_t>(0, wire.size());
    wire[at] = *rc::gen::element('\r', '\n', ';', ' ', '0', 'f', ':', 'x', '\0');

    RC_ASSERT(fuzz::broken_chunked_rule(wire) == "");
  });
  EXPECT_TRUE(holds);
}

}  // namespace sallyport::transport::http1
