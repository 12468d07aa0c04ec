#include "transport/proxy/network.h"

#include <gtest/gtest.h>

namespace sallyport::transport {
namespace {

TEST(Network, HoldsTheAddressesBelowItsPrefix) {
  static constexpr struct {
    std::string_view network, within, outside;
  } cases[] = {
      {"192.0.2.7", "192.0.2.7", "192.0.2.6"},
      {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
      {"192.0.2.128/25", "192.0.2.255", "192.0.2.127"},
      {"192.0.2.6/31", "192.0.2.7", "192.0.2.8"},
      {"0.0.0.0/0", "255.255.255.255", "2001:db8::1"},
      {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
      {"::1", "::1", "::2"},
      {"fe80::/10", "febf::1", "fec0::1"},
      {"::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"},
  };
  for (const auto& [text, within, outside] : cases) {
    SCOPED_TRACE(text);
    const auto network = Network::parse(text);
    ASSERT_TRUE(network);
    EXPECT_TRUE(network->contains(*Address::parse_ip(within)));
    EXPECT_FALSE(network->contains(*Address::parse_ip(outside)));
  }
}

TEST(Network, IsNothingElse) {
  for (const std::string_view text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.1/8",
        "2001:db8::/129", "2001:db8::1/32", "[::1]", "localhost", "10.0.0.0/8/8", "10.0/8"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(Network::parse(text));
  }
}

TEST(Network, AllOfIPv6HoldsIPv4Too) {
  // Addresses are kept as one family (RFC 4291 §2.5.5.2).
  EXPECT_TRUE(Network::parse("::/0")->contains(*Address::parse_ip("192.0.2.1")));
}

}  // namespace
}  // namespace sallyport::transport
