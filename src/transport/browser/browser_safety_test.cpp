#include <gtest/gtest.h>

#include "transport/browser/cookies.h"
#include "transport/browser/cors.h"
#include "transport/browser/guards.h"
#include "transport/browser/strict_transport.h"
#include "transport/pages/page.h"
#include "transport/server_under_test.h"

namespace sallyport::transport {
namespace {

constexpr std::string_view app = "https://app.example.org", own = "https://auth.example.org";

/// A server as `serve` puts it together for https://auth.example.org, with routes of every kind of cookies.
class BrowserSafety : public testing::Test {
 protected:
  using Answering = core::Task<core::Result<Response>>;

  BrowserSafety() {
    add(Method::get, "/thing", Cookies::used);
    add(Method::post, "/thing", Cookies::used);
    add(Method::post, "/plain", Cookies::none);
    add(Method::get, "/plain", Cookies::none);
    add(Method::post, "/asked", Cookies::read_unguarded);
    router_.add(
        {.method = Method::post, .pattern = "/forgetful", .handler = [](Exchange&, const Parameters&) -> Answering {
           auto response = Response::no_content();
           response.fields.push_back({"Set-Cookie", "sallyport=x"});
           co_return response;
         }});
    router_.add({.method = Method::get, .pattern = "/page", .handler = [](Exchange&, const Parameters&) -> Answering {
                   co_return pages::page(200, "A page", pages::Html());
                 }});
    EXPECT_TRUE(server_.bind(*Endpoint::parse("127.0.0.1:0")));
    server_.start();
  }
  ~BrowserSafety() override {
    server_.stop(std::chrono::milliseconds(0));
    server_.run_leftovers();
  }

  Answer ask(std::string_view method, std::string_view path, const std::vector<std::string>& fields = {}) {
    auto request = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n";
    for (const auto& field : fields) request += field + "\r\n";
    RawClient client(server_.endpoint().port);
    client.send(request + "Connection: close\r\n\r\n");
    return client.answer(method == "HEAD" ? RawClient::Content::none : RawClient::Content::expected);
  }
  static std::string origin(std::string_view name) { return "Origin: " + std::string(name); }

 private:
  void add(Method method, std::string pattern, Cookies cookies) {
    router_.add({.method = method,
                 .pattern = std::move(pattern),
                 .handler = [](Exchange& exchange, const Parameters&) -> Answering {
                   const auto found = cookie_values(exchange, "sallyport");
                   co_return Response::json(200, found.empty() ? "none" : std::string(found.front()));
                 },
                 .cookies = cookies});
  }
  static std::vector<std::unique_ptr<Middleware>> steps() {
    std::vector<std::unique_ptr<Middleware>> steps;
    steps.push_back(std::make_unique<StrictTransportSecurity>(
        StrictTransport{.max_age = std::chrono::seconds{600}, .includes_subdomains = true}));
    steps.push_back(std::make_unique<Cors>(std::vector<std::string>{std::string(app)}));
    steps.push_back(std::make_unique<CsrfGuard>(std::vector<std::string>{std::string(app), std::string(own)}));
    return steps;
  }

  core::FakeClock clock_;
  Limits limits_;
  Router router_;
  Pipeline pipeline_{router_, steps()};
  Server server_{clock_, limits_, pipeline_, 1};
};

TEST_F(BrowserSafety, AListedOriginHearsItsOwnNameOnAnswersAndRefusalsAlike) {
  const std::pair<std::string_view, std::string_view> questions[] = {
      {"GET", "/thing"}, {"POST", "/thing"}, {"GET", "/nowhere"}, {"PUT", "/thing"}, {"HEAD", "/thing"}};
  for (const auto& [method, path] : questions) {
    SCOPED_TRACE(std::string(method) + " " + std::string(path));
    const auto answer = ask(method, path, {origin(app)});
    EXPECT_EQ(answer.field("access-control-allow-origin"), app);
    EXPECT_EQ(answer.field("access-control-allow-credentials"), "true");
    EXPECT_TRUE(answer.field("access-control-expose-headers").contains("Retry-After"));
    EXPECT_EQ(answer.field("vary"), "Origin");
  }
}

TEST_F(BrowserSafety, OthersHearNothingAndCachesAreToldThatItDepends) {
  for (const std::string_view other : {"https://evil.example", "null", "https://app.example.org:444", "*",
                                       "https://APP.example.org", "https://app.example.org/", "http://app.example.org",
                                       "https://sub.app.example.org", "https://auth.example.org"}) {
    SCOPED_TRACE(other);
    for (const std::string_view method : {"GET", "OPTIONS"}) {
      const auto answer = ask(method, "/thing", {origin(other), "Access-Control-Request-Method: GET"});
      for (const auto& [name, value] : answer.fields) EXPECT_FALSE(name.starts_with("access-control-")) << name;
      EXPECT_EQ(answer.field("vary"), "Origin");
    }
  }
  EXPECT_EQ(ask("GET", "/thing").field("vary"), "Origin");
}

TEST_F(BrowserSafety, APreflightSaysWhatMayBeAsked) {
  const auto answer =
      ask("OPTIONS", "/thing",
          {origin(app), "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"});

  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("access-control-allow-origin"), app);
  EXPECT_EQ(answer.field("access-control-allow-credentials"), "true");
  EXPECT_EQ(answer.field("access-control-allow-methods"), "GET, HEAD, POST, OPTIONS");
  EXPECT_TRUE(answer.field("access-control-allow-headers").contains("Content-Type"));
  EXPECT_EQ(answer.field("access-control-max-age"), "600");
  EXPECT_EQ(ask("OPTIONS", "/thing", {origin(app)}).field("access-control-allow-methods"), "")
      << "that is no preflight";
  EXPECT_EQ(ask("OPTIONS", "/nowhere", {origin(app), "Access-Control-Request-Method: GET"}).status, 404);
}

TEST_F(BrowserSafety, PagesMaySendAndReadWhatCallsNeed) {
  const auto read = [this](std::string_view path, std::string_view field) {
    return ask("POST", path, {origin(app), std::string(field)}).field("access-control-expose-headers");
  };
  for (const std::string_view sent : {"Content-Type: application/grpc-web+proto",
                                      "Content-Type: application/connect+json", "Connect-Protocol-Version: 1"}) {
    for (const std::string_view name : {"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin", "Retry-After"})
      EXPECT_TRUE(read("/plain", sent).contains(name)) << sent;
  }
  EXPECT_TRUE(read("/plain?connect=v1", "A: b").contains("Grpc-Status"));
  EXPECT_FALSE(read("/plain", "Content-Type: application/json").contains("Grpc-Status")) << "REST has no use for it";

  const auto preflight = ask("OPTIONS", "/plain", {origin(app), "Access-Control-Request-Method: POST"});
  for (const std::string_view name : {"X-Grpc-Web", "X-User-Agent", "Grpc-Timeout", "Connect-Protocol-Version",
                                      "Connect-Timeout-Ms", "Sallyport-Device"})
    EXPECT_TRUE(preflight.field("access-control-allow-headers").contains(name)) << name;
}

TEST_F(BrowserSafety, UnsafeRequestsNeedTheirOriginWhereCookiesAreUsed) {
  const std::string cookie = "Cookie: sallyport=x";
  EXPECT_EQ(ask("POST", "/thing", {cookie, origin(own)}).body, "x");
  EXPECT_EQ(ask("POST", "/thing", {cookie, origin(app)}).body, "x");
  EXPECT_EQ(ask("POST", "/thing", {cookie, "Sec-Fetch-Site: same-origin"}).body, "x");
  EXPECT_EQ(ask("POST", "/thing", {cookie, "Sec-Fetch-Site: none"}).body, "x");
  EXPECT_EQ(ask("POST", "/thing").body, "none") << "no browser, and no cookies either";
  for (const std::string_view other : {"null", "https://evil.example", "https://sub.example.org", ""})
    EXPECT_EQ(ask("POST", "/thing", {cookie, origin(other)}).status, 403) << other;
  for (const std::string_view site : {"cross-site", "same-site", "whatever"})
    EXPECT_EQ(ask("POST", "/thing", {cookie, "Sec-Fetch-Site: " + std::string(site)}).status, 403) << site;
  EXPECT_EQ(ask("POST", "/thing", {cookie}).status, 403);
  EXPECT_EQ(ask("POST", "/thing", {origin("https://evil.example")}).status, 403) << "it could set one";
  EXPECT_EQ(ask("GET", "/thing", {cookie, origin("https://evil.example")}).body, "x");
}

TEST_F(BrowserSafety, AnUnguardedUnsafeRouteSeesNoCookiesUnlessItSaysSo) {
  const std::string cookie = "Cookie: sallyport=x";

  EXPECT_EQ(ask("POST", "/plain", {cookie}).body, "none");
  EXPECT_EQ(ask("GET", "/plain", {cookie}).body, "x");
  EXPECT_EQ(ask("POST", "/asked", {cookie}).body, "x");
}

TEST_F(BrowserSafety, AnUnguardedUnsafeRouteCannotSetACookie) {
  const auto answer = ask("POST", "/forgetful");

  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.field("set-cookie"), "");
}

TEST_F(BrowserSafety, EveryAnswerTellsBrowsersThatItIsNoPage) {
  for (const auto& answer : {ask("GET", "/thing"), ask("GET", "/nowhere"), ask("POST", "/forgetful"),
                             ask("OPTIONS", "/thing"), ask("BREW", "/thing")}) {
    EXPECT_EQ(answer.field("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.field("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(answer.field("x-frame-options"), "DENY");
    EXPECT_EQ(answer.field("referrer-policy"), "no-referrer");
    EXPECT_EQ(answer.field("cross-origin-resource-policy"), "same-origin");
    EXPECT_EQ(answer.field("cache-control"), "no-store");
    EXPECT_EQ(answer.field("strict-transport-security"), "max-age=600; includeSubDomains");
  }
}

TEST_F(BrowserSafety, APageSaysItsOwnPolicyOnce) {
  const auto page = ask("GET", "/page");

  EXPECT_TRUE(page.field("content-security-policy").contains("style-src 'sha256-"));
  EXPECT_TRUE(page.field("content-security-policy").contains("frame-ancestors 'none'"));
  EXPECT_EQ(page.field("referrer-policy"), "same-origin");
  EXPECT_EQ(page.field("x-frame-options"), "DENY");
  EXPECT_EQ(page.field("cross-origin-opener-policy"), "same-origin");
}

}  // namespace
}  // namespace sallyport::transport
