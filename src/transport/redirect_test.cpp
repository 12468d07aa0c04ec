#include "transport/redirect.h"

#include <gtest/gtest.h>

#include "transport/server_under_test.h"

namespace sallyport::transport {
namespace {

struct RedirectTest : testing::Test {
  core::FakeClock clock;
  Limits limits;
  Redirect redirect{"https://auth.example.org"};
  Server server{clock, limits, redirect, 1};
  void SetUp() override {
    ASSERT_TRUE(server.bind(*Endpoint::parse("127.0.0.1:0")));
    server.start();
  }
  void TearDown() override { server.stop(std::chrono::milliseconds(0)); }
  std::string location(std::string_view request_line) {
    RawClient client(server.endpoint().port);
    const auto answer =
        client.ask(std::string(request_line) + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(answer.status, 308);
    EXPECT_EQ(answer.body, "");
    return answer.field("location");
  }
};

TEST_F(RedirectTest, LeadsToTheSamePathWhateverHostWasAskedFor) {
  EXPECT_EQ(location("GET /setup?a=b&c=%0d"), "https://auth.example.org/setup?a=b&c=%0d");
  EXPECT_EQ(location("POST /v1/auth/login"), "https://auth.example.org/v1/auth/login");
  EXPECT_EQ(location("GET //evil.example/"), "https://auth.example.org//evil.example/");
  EXPECT_EQ(location("OPTIONS *"), "https://auth.example.org/");
  EXPECT_EQ(redirect.redirected(), 4U);
}

TEST_F(RedirectTest, RefusesWhatIsNoRequest) {
  RawClient client(server.endpoint().port);
  EXPECT_EQ(client.ask("hello\r\n\r\n").status, 400);
}

}  // namespace
}  // namespace sallyport::transport
