#include "transport/handshake.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_random.h"
#include "transport/server_under_test.h"
#include "transport/tls/certificate_for_test.h"
#include "transport/tls/handshake_for_test.h"
#include "transport/tls/live_certificates.h"

namespace sallyport::transport {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
constexpr auto ping = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"sv;

/// A blocking client of TLS on a socket of its own.
class SecureClient {
 public:
  SecureClient(std::uint16_t port, std::string_view protocols) : raw_(port), client_(raw_.descriptor()) {
    if (!protocols.empty()) client_.offer(protocols);
  }
  bool connect() { return SSL_do_handshake(client_.ssl()) == 1; }
  std::string ask(std::string_view request) {
    client_.write(request);
    std::string answer;
    while (!answer.contains("\r\n\r\n") || !answer.ends_with("pong")) {
      const auto piece = client_.read();
      if (piece.empty()) break;
      answer += piece;
    }
    return answer;
  }
  void write(std::string_view text) { client_.write(text); }
  std::string read() { return client_.read(); }
  std::string shown() { return client_.shown(); }
  bool was_told_the_end() { return (SSL_get_shutdown(client_.ssl()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  RawClient& raw() { return raw_; }

 private:
  RawClient raw_;
  tls::TestClient client_;
};

class HandshakeTest : public testing::Test {
 protected:
  void start(bool is_required = false) {
    ASSERT_TRUE(certificates_.open(
        {.certificates = {tls::MadeCertificate::make({.names = "DNS:a"}).write(folder_.path(), "a")}}));
    start_with({.certificates = &certificates_, .is_required = is_required});
  }
  void start_with(const Protection& protection) {
    test_ = std::make_unique<ServerUnderTest>(Limits{}, 1, ProxyRules{}, nullptr, protection);
    test_->start();
  }
  SecureClient secure(std::string_view protocols = {}) {
    return SecureClient(test_->server.endpoint().port, protocols);
  }
  const WorkerCounters& counters() { return test_->server.workers().front()->counters(); }

  core::FakeClock clock_;
  core::FakeRandom random_;
  system_adapter::TemporaryFolder folder_;
  tls::LiveCertificates certificates_{clock_, random_};
  std::unique_ptr<ServerUnderTest> test_;
};

TEST_F(HandshakeTest, PlainAndTlsAreServedOnOnePort) {
  start();
  auto client = secure();

  ASSERT_TRUE(client.connect());
  EXPECT_TRUE(client.ask(ping).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(client.ask(ping).ends_with("pong"));
  EXPECT_EQ(test_->connect().ask(ping).body, "pong");
  EXPECT_EQ(counters().handshakes, 1U);
  EXPECT_EQ(counters().handshakes_failed, 0U);
}

TEST_F(HandshakeTest, AnExchangeKnowsWhetherItCameThroughTls) {
  start();
  test_->get("/secure", [](Exchange& exchange, const Parameters&) -> ServerUnderTest::Answering {
    co_return Response::json(200, exchange.is_secure() ? "yes pong" : "no pong");
  });
  auto client = secure();
  ASSERT_TRUE(client.connect());

  EXPECT_TRUE(client.ask("GET /secure HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("yes pong"));
  EXPECT_EQ(test_->connect().ask("GET /secure HTTP/1.1\r\nHost: a\r\n\r\n").body, "no pong");
}

TEST_F(HandshakeTest, PlainIsToldThatTlsIsRequired) {
  start(true);

  const auto answer = test_->connect().ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nsecret");
  EXPECT_EQ(answer.status, 421);
  EXPECT_TRUE(answer.body.contains("\"tls_required\"")) << answer.body;
  EXPECT_TRUE(answer.is_whole);
  EXPECT_EQ(answer.field("connection"), "close");
  auto client = secure();
  ASSERT_TRUE(client.connect());
  EXPECT_TRUE(client.ask(ping).ends_with("pong"));
}

// RFC 9113 §6.8
TEST_F(HandshakeTest, PlainHttp2IsToldThatTlsIsRequired) {
  start(true);
  auto client = test_->connect();
  client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"sv);

  const auto heard = client.rest();
  ASSERT_EQ(heard.size(), 9 + 9 + 8 + 15U);
  EXPECT_EQ(heard.substr(0, 9), "\0\0\0\4\0\0\0\0\0"sv);  // SETTINGS
  EXPECT_EQ(heard.substr(9, 4), "\0\0\x17\7"sv);          // GOAWAY
  EXPECT_EQ(heard.substr(22, 4), "\0\0\0\xc"sv);          // INADEQUATE_SECURITY
  EXPECT_EQ(heard.substr(26), "TLS is required");
}

TEST_F(HandshakeTest, TheClientChoosesHttp2) {
  start();
  auto client = secure("\x02h2\x08http/1.1"sv);
  ASSERT_TRUE(client.connect());
  client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"sv);

  EXPECT_EQ(client.read().substr(3, 1), "\4");  // SETTINGS
}

TEST_F(HandshakeTest, TlsWithoutCertificatesHearsAnAlert) {
  start_with({});
  auto client = secure();

  EXPECT_FALSE(client.connect());
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
  ERR_clear_error();
  const std::lock_guard lock(test_->after_mutex);
  EXPECT_EQ(test_->afters, std::vector{400});  // a line of the log, too
}

TEST_F(HandshakeTest, AHandshakeThatDripsIsClosedInTime) {
  start();
  auto dripping = test_->connect();
  auto broken_off = test_->connect();
  for (const char byte : "\x16\x03\x01\x02"sv) {
    dripping.send({&byte, 1});
    test_->clock.advance(2s);
  }
  broken_off.send("\x16\x03\x01\x00\x05\x01\x00"sv);
  test_->pass(test_->limits.head_time + ServerUnderTest::tick);

  EXPECT_TRUE(dripping.is_ended());
  EXPECT_TRUE(broken_off.is_ended());
  EXPECT_EQ(counters().handshakes_failed, 0U);  // none had begun
}

TEST_F(HandshakeTest, AClientThatGoesSilentInTheMiddleIsClosedInTime) {
  start();
  const tls::SocketPair wire;
  const tls::TestClient client(wire.client());
  (void)SSL_do_handshake(client.ssl());
  ERR_clear_error();
  std::array<char, 4096> hello;
  const auto size = ::recv(wire.server(), hello.data(), hello.size(), 0);
  auto silent = test_->connect();
  silent.send({hello.data(), static_cast<std::size_t>(size)});
  ASSERT_TRUE(eventually([&] { return silent.has_input(); }));

  test_->pass(test_->limits.head_time + ServerUnderTest::tick);
  EXPECT_TRUE(silent.rest().starts_with("\x16\x03\x03"));  // its half of the handshake, and the end
  EXPECT_EQ(counters().handshakes_failed, 1U);
}

TEST_F(HandshakeTest, WhatIsNoHandshakeHearsAnAlert) {
  start();
  auto client = test_->connect();
  client.send("\x16\x03\x01\x00\x05hello"sv);

  EXPECT_EQ(client.rest().substr(0, 1), "\x15");
  EXPECT_EQ(counters().handshakes_failed, 1U);
}

TEST_F(HandshakeTest, TheEndOfAnIdleConnectionIsTold) {
  start();
  auto client = secure();
  ASSERT_TRUE(client.connect());
  EXPECT_TRUE(client.ask(ping).ends_with("pong"));

  test_->pass(test_->limits.idle_time + ServerUnderTest::tick);
  EXPECT_EQ(client.read(), "");
  EXPECT_TRUE(client.was_told_the_end());
}

TEST_F(HandshakeTest, ManyHandshakesAtOnceAllComeToTheirEnd) {
  start();
  std::vector<std::jthread> threads;
  std::atomic<int> done = 0;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      auto client = secure();
      if (client.connect() && client.ask(ping).ends_with("pong")) ++done;
    });
  }
  threads.clear();
  EXPECT_EQ(done, 40);
}

TEST_F(HandshakeTest, ConnectionsKeepTheirCertificateAndNewOnesGetTheNewOne) {
  start();
  auto before = secure();
  ASSERT_TRUE(before.connect());
  (void)tls::MadeCertificate::make({.names = "DNS:b"}).write(folder_.path(), "a");
  ASSERT_TRUE(certificates_.reload());

  EXPECT_TRUE(before.ask(ping).ends_with("pong"));
  auto after = secure();
  ASSERT_TRUE(after.connect());
  EXPECT_TRUE(after.ask(ping).ends_with("pong"));
  EXPECT_EQ(after.shown(), "b");
  EXPECT_EQ(before.shown(), "a");
}

}  // namespace
}  // namespace sallyport::transport
