#include "transport/address.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "transport/server.h"

namespace sallyport::transport {
namespace {

TEST(Address, ReadsAndWritesBothFamilies) {
  static constexpr struct {
    std::string_view text, written;
  } cases[] = {{"192.0.2.1", "192.0.2.1"},        {"2001:db8::1", "2001:db8::1"}, {"2001:DB8:0:0::1", "2001:db8::1"},
               {"::ffff:192.0.2.1", "192.0.2.1"}, {"0.0.0.0", "0.0.0.0"},         {"::", "::"}};
  for (const auto& [text, written] : cases) {
    SCOPED_TRACE(text);
    const auto address = Address::parse_ip(text, 80);
    ASSERT_TRUE(address);
    EXPECT_EQ(address->ip(), written);
    EXPECT_EQ(address->port(), 80);
  }
}

TEST(Address, RefusesWhatIsNoAddress) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv, "192.0.2"sv, "192.0.2.256"sv, "192.0.2.1 "sv, "[::1]"sv, "fe80::1%eth0"sv,
                          "example.org"sv, "127.0.0.1\0x"sv, "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(Address::parse_ip(text));
  }
}

TEST(Address, ComesFromASocketAddress) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(4711);
  v4.sin_addr.s_addr = htonl(0xc0000201);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(4712);
  v6.sin6_addr = in6addr_loopback;

  const auto from_v4 = Address::from(reinterpret_cast<const sockaddr&>(v4));
  const auto from_v6 = Address::from(reinterpret_cast<const sockaddr&>(v6));

  EXPECT_EQ(from_v4.ip(), "192.0.2.1");
  EXPECT_EQ(from_v4.port(), 4711);
  EXPECT_EQ(from_v6.ip(), "::1");
  EXPECT_EQ(from_v6.port(), 4712);
}

TEST(Address, KnowsLoopback) {
  for (const auto* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(Address::parse_ip(text)->is_loopback()) << text;
  }
  for (const auto* text : {"128.0.0.1", "::", "::2", "::ffff:10.0.0.1", "2001:db8::1"}) {
    EXPECT_FALSE(Address::parse_ip(text)->is_loopback()) << text;
  }
}

std::uint64_t network(std::string_view text) { return Address::parse_ip(text)->network(); }

TEST(Address, CountsA24OrA64AsOneClient) {
  EXPECT_EQ(network("192.0.2.1"), network("192.0.2.254"));
  EXPECT_NE(network("192.0.2.1"), network("192.0.3.1"));
  EXPECT_EQ(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
  EXPECT_NE(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
}

TEST(Address, DoesNotMistakeAShortIpv6PrefixForAnIpv4Network) {
  EXPECT_NE(network("2001:200::1"), network("2.1.32.1"));
  EXPECT_NE(network("2001:200::1"), network("32.1.2.1"));
  EXPECT_GE(network("2001:200::1"), 1U << 24);
}

TEST(Endpoint, ReadsAddressAndPort) {
  static constexpr struct {
    std::string_view text, written;
  } cases[] = {{"127.0.0.1:8080", "127.0.0.1:8080"},
               {"localhost:0", "127.0.0.1:0"},
               {"[::1]:65535", "[::1]:65535"},
               {"[2001:db8:0::1]:80", "[2001:db8::1]:80"}};
  for (const auto& [text, written] : cases) {
    SCOPED_TRACE(text);
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->str(), written);
  }
}

TEST(Endpoint, RefusesTheRest) {
  for (const auto* text : {"", ":", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
                           "127.0.0.1:80x", "::1:80", "[::1]", "[::1:80", "[127.0.0.1]:80", "example.org:80"}) {
    SCOPED_TRACE(text);
    const auto endpoint = Endpoint::parse(text);
    ASSERT_FALSE(endpoint);
    EXPECT_EQ(endpoint.error().code, "endpoint_malformed");
  }
}

RC_GTEST_PROP(Endpoint, ReadsBackItsTextForEveryAddress, ()) {
  std::array<std::uint8_t, 16> bytes{};
  const bool is_ipv4 = *rc::gen::arbitrary<bool>();
  for (auto& byte : bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  char ip[INET6_ADDRSTRLEN];
  inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes.data(), ip, sizeof ip);
  const auto port = *rc::gen::inRange<int>(0, 65'536);

  const auto text = (is_ipv4 ? std::string(ip) : "[" + std::string(ip) + "]") + ":" + std::to_string(port);
  const auto endpoint = Endpoint::parse(text);

  RC_ASSERT(endpoint.has_value());
  RC_ASSERT(endpoint->port == port);
  const auto again = Endpoint::parse(endpoint->str());
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->address.bytes() == endpoint->address.bytes());
}

RC_GTEST_PROP(Endpoint, AcceptsNoTextThatItWouldNotWriteAgain, (const std::string& text)) {
  const auto endpoint = Endpoint::parse(text);
  RC_ASSERT((!endpoint || Endpoint::parse(endpoint->str()).has_value()));
}

}  // namespace
}  // namespace sallyport::transport
