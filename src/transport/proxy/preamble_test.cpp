#include "transport/proxy/preamble.h"

#include <gtest/gtest.h>

#include "transport/server_under_test.h"

namespace sallyport::transport {
namespace {

using namespace std::string_literals;
using Status = Preamble::Status;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string version_2(char command, char family, const std::string& payload) {
  return signature + command + family + static_cast<char>(payload.size() >> 8) +
         static_cast<char>(payload.size() & 0xff) + payload;
}
const std::string tcp_v4 = version_2('\x21', '\x11', "\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x67\x00\x50"s);
const std::string tcp_v6 =
    version_2('\x21', '\x21',
              "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x07" + std::string(15, '\0') + "\x01\x12\x67\x00\x50"s);
const std::string version_1 = "PROXY TCP4 192.0.2.7 10.0.0.1 4711 80\r\n";

TEST(ProxyPreamble, NamesTheClientOfBothVersionsAndFamilies) {
  const struct {
    ProxyHeader version;
    std::string bytes;
    std::string_view ip;
  } cases[] = {
      {ProxyHeader::proxy_v1, version_1, "192.0.2.7"},
      {ProxyHeader::proxy_v1, "PROXY TCP6 2001:db8::7 ::1 4711 80\r\n", "2001:db8::7"},
      {ProxyHeader::proxy_v2, tcp_v4, "192.0.2.7"},
      {ProxyHeader::proxy_v2, tcp_v6, "2001:db8::7"},
      {ProxyHeader::proxy_v2, version_2('\x21', '\x11', tcp_v4.substr(16) + "\x04\x00\x01x"s), "192.0.2.7"},
  };
  for (const auto& [version, bytes, ip] : cases) {
    SCOPED_TRACE(ip);
    const auto preamble = read_preamble(version, bytes + "GET / HTTP/1.1\r\n");
    EXPECT_EQ(preamble.status, Status::complete);
    EXPECT_EQ(preamble.size, bytes.size());
    ASSERT_TRUE(preamble.client);
    EXPECT_EQ(preamble.client->ip(), ip);
    EXPECT_EQ(preamble.client->port(), 4711);
    for (std::size_t part = 0; part < bytes.size(); ++part)
      EXPECT_EQ(read_preamble(version, std::string_view(bytes).substr(0, part)).status, Status::incomplete) << part;
  }
}

TEST(ProxyPreamble, LeavesThePeerToProxiesThatSpeakForThemselves) {
  const struct {
    ProxyHeader version;
    std::string bytes;
  } cases[] = {
      {ProxyHeader::proxy_v1, "PROXY UNKNOWN\r\n"},
      {ProxyHeader::proxy_v1, "PROXY UNKNOWN ffff::1 whatever\r\n"},
      {ProxyHeader::proxy_v2, version_2('\x20', '\0', "")},
      {ProxyHeader::proxy_v2, version_2('\x20', '\x11', tcp_v4.substr(16))},
      {ProxyHeader::proxy_v2, version_2('\x21', '\0', "")},
      {ProxyHeader::proxy_v2, version_2('\x21', '\x31', std::string(216, 'u'))},
  };
  for (const auto& [version, bytes] : cases) {
    const auto preamble = read_preamble(version, bytes);
    EXPECT_EQ(preamble.status, Status::complete);
    EXPECT_EQ(preamble.size, bytes.size());
    EXPECT_FALSE(preamble.client);
  }
}

TEST(ProxyPreamble, RefusesEverythingElse) {
  const struct {
    ProxyHeader version;
    std::string bytes;
  } cases[] = {
      {ProxyHeader::proxy_v1, "GET / HTTP/1.1\r\n"},
      {ProxyHeader::proxy_v1, "PRO X"},
      {ProxyHeader::proxy_v1, tcp_v4},
      {ProxyHeader::proxy_v1, "PROXY TCP4 192.0.2.7 10.0.0.1 4711\r\n"},
      {ProxyHeader::proxy_v1, "PROXY TCP4 192.0.2.7 10.0.0.1 4711 80 1\r\n"},
      {ProxyHeader::proxy_v1, "PROXY TCP4 192.0.2.7 10.0.0.1 65536 80\r\n"},
      {ProxyHeader::proxy_v1, "PROXY TCP4 192.0.2.7 10.0.0.1 04711 80\r\n"},
      {ProxyHeader::proxy_v1, "PROXY TCP4 192.0.2.7 10.0.0.1 4711 \r\n"},
      {ProxyHeader::proxy_v1, "PROXY TCP4 2001:db8::7 ::1 4711 80\r\n"},
      {ProxyHeader::proxy_v1, "PROXY TCP6 192.0.2.7 10.0.0.1 4711 80\r\n"},
      {ProxyHeader::proxy_v1, "PROXY UDP4 192.0.2.7 10.0.0.1 4711 80\r\n"},
      {ProxyHeader::proxy_v1, "PROXY  TCP4 192.0.2.7 10.0.0.1 4711 80\r\n"},
      {ProxyHeader::proxy_v1, "PROXY UNKNOWN " + std::string(100, 'x')},
      {ProxyHeader::proxy_v2, version_1},
      {ProxyHeader::proxy_v2, "GET / HTTP/1.1\r\n"},
      {ProxyHeader::proxy_v2, version_2('\x11', '\x11', tcp_v4.substr(16))},
      {ProxyHeader::proxy_v2, version_2('\x22', '\x11', tcp_v4.substr(16))},
      {ProxyHeader::proxy_v2, version_2('\x21', '\x12', tcp_v4.substr(16))},
      {ProxyHeader::proxy_v2, version_2('\x21', '\x11', tcp_v4.substr(16, 11))},
      {ProxyHeader::proxy_v2, version_2('\x21', '\x21', std::string(35, 'a'))},
      {ProxyHeader::proxy_v2, signature + "\x20\x00\x10\x01"s},  // 4,097 bytes announced
  };
  for (const auto& [version, bytes] : cases) {
    SCOPED_TRACE(testing::PrintToString(bytes));
    EXPECT_EQ(read_preamble(version, bytes).status, Status::refused);
  }
}

/// A server whose proxy, on this machine, speaks version 2.
class ProxiedConnection : public testing::Test {
 protected:
  ProxiedConnection() {
    test_.get("/client", [](Exchange& exchange, const Parameters&) -> ServerUnderTest::Answering {
      co_return Response::json(200, exchange.client().ip() + " by " + exchange.peer().ip());
    });
    test_.start();
  }
  static std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

  ServerUnderTest test_{{}, 1, {.header = ProxyHeader::proxy_v2, .trusted = {*Network::parse("127.0.0.1")}}};
};

TEST_F(ProxiedConnection, EveryRequestIsFromWhomTheProxySpeaksFor) {
  auto client = RawClient(test_.server.endpoint().port);

  EXPECT_EQ(client.ask(tcp_v4 + get("/client")).body, "192.0.2.7 by 127.0.0.1");
  EXPECT_EQ(client.ask(get("/client")).body, "192.0.2.7 by 127.0.0.1");

  auto own = RawClient(test_.server.endpoint().port);
  EXPECT_EQ(own.ask(version_2('\x20', '\0', "") + get("/client")).body, "127.0.0.1 by 127.0.0.1");
}

TEST_F(ProxiedConnection, ThePreambleMayComeInPieces) {
  auto client = RawClient(test_.server.endpoint().port);
  for (const char byte : tcp_v4) client.send({&byte, 1});

  EXPECT_EQ(client.ask(get("/client")).body, "192.0.2.7 by 127.0.0.1");
}

TEST_F(ProxiedConnection, ATrustedProxyWithoutAPreambleIsRefused) {
  for (const auto& begin : {get("/client"), version_1 + get("/client")}) {
    auto client = RawClient(test_.server.endpoint().port);
    const auto answer = client.ask(begin);
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(client.is_ended());
  }
}

TEST_F(ProxiedConnection, OnlyTheFirstBytesOfAConnectionAreAPreamble) {
  auto client = RawClient(test_.server.endpoint().port);
  client.ask(tcp_v4 + get("/client"));

  EXPECT_EQ(client.ask(tcp_v4 + get("/client")).status, 400);
}

TEST(ProxiedConnectionOfAStranger, APreambleIsNoRequest) {
  ServerUnderTest test{{}, 1, {.header = ProxyHeader::proxy_v2, .trusted = {*Network::parse("192.0.2.1")}}};
  test.start();

  EXPECT_EQ(test.connect().ask(tcp_v4 + "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
  EXPECT_EQ(test.connect().ask("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n").body, "pong");
}

}  // namespace
}  // namespace sallyport::transport
