#include "transport/proxy/forwarding.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::transport {
namespace {

using Lines = std::vector<std::string_view>;

const std::vector<Network>& trusted() {
  static const std::vector<Network> networks{*Network::parse("10.0.0.0/8"), *Network::parse("2001:db8:aaaa::/48")};
  return networks;
}

std::string client(ProxyHeader header, const Lines& lines, std::string_view peer = "10.0.0.1") {
  return client_behind(*Address::parse_ip(peer), header, lines, trusted()).ip();
}
std::string by_xff(const Lines& lines, std::string_view peer = "10.0.0.1") {
  return client(ProxyHeader::x_forwarded_for, lines, peer);
}
std::string by_forwarded(const Lines& lines, std::string_view peer = "10.0.0.1") {
  return client(ProxyHeader::forwarded, lines, peer);
}

TEST(Forwarding, TheRightMostHopThatIsNoTrustedProxyIsTheClient) {
  EXPECT_EQ(by_xff({"192.0.2.7"}), "192.0.2.7");
  EXPECT_EQ(by_xff({"203.0.113.1, 192.0.2.7"}), "192.0.2.7") << "what a client claims stands further left";
  EXPECT_EQ(by_xff({"203.0.113.1, 192.0.2.7, 10.0.0.2,10.9.9.9"}), "192.0.2.7");
  EXPECT_EQ(by_xff({"10.0.0.3, 10.0.0.2"}), "10.0.0.3") << "a proxy's own request";
  EXPECT_EQ(by_xff({}), "10.0.0.1");
  EXPECT_EQ(by_xff({"", " , ,"}), "10.0.0.1");
}

TEST(Forwarding, NobodyElseIsBelieved) {
  EXPECT_EQ(by_xff({"203.0.113.1"}, "192.0.2.9"), "192.0.2.9");
  EXPECT_EQ(by_forwarded({"for=203.0.113.1"}, "192.0.2.9"), "192.0.2.9");
}

TEST(Forwarding, RepeatedLinesAreOneListInTheirOrder) {
  EXPECT_EQ(by_xff({"203.0.113.1", "192.0.2.7", "10.0.0.2"}), "192.0.2.7");
  EXPECT_EQ(by_xff({"203.0.113.1, 192.0.2.7", "10.0.0.2, 10.0.0.3"}), "192.0.2.7");
  EXPECT_EQ(by_forwarded({"for=203.0.113.1", "for=192.0.2.7, for=10.0.0.2"}), "192.0.2.7");
}

TEST(Forwarding, HopsMayNamePortsAndBothFamilies) {
  for (const std::string_view hop : {"192.0.2.7:4711", "192.0.2.7:0", "192.0.2.7:_port"})
    EXPECT_EQ(by_xff({hop}), "192.0.2.7") << hop;
  for (const std::string_view hop : {"2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:4711"})
    EXPECT_EQ(by_xff({hop}), "2001:db8::7") << hop;
  EXPECT_EQ(by_xff({"192.0.2.7, 2001:db8:aaaa::1"}), "192.0.2.7");
  EXPECT_EQ(
      client_behind(*Address::parse_ip("10.0.0.1"), ProxyHeader::x_forwarded_for, Lines{"192.0.2.7:4711"}, trusted())
          .port(),
      4711);
}

TEST(Forwarding, WhereTheChainCannotBeReadTheLastKnownProxyIsTheClient) {
  for (const std::string_view hop :
       {"unknown", "_hidden", "192.0.2", "192.0.2.7:", "192.0.2.7:99999", "192.0.2.7:8o", "[192.0.2.7]", "[2001:db8::7",
        "2001:db8::7]:80", "fe80::1%eth0", "example.org", "\"192.0.2.7\"", "for=192.0.2.7", "192.0.2.7;proto=https",
        "192.0.2.7 192.0.2.8"}) {
    SCOPED_TRACE(hop);
    EXPECT_EQ(by_xff({hop}), "10.0.0.1");
    EXPECT_EQ(by_xff({"203.0.113.1", hop, "10.0.0.2"}), "10.0.0.2") << "not what stands left of it";
  }
}

TEST(Forwarding, ReadsForwardedElements) {
  // RFC 7239 §4, §6.3, §7.1
  for (const std::string_view element :
       {"for=192.0.2.7", "For=192.0.2.7", "for=\"192.0.2.7\"", "for=\"192.0.2.7:4711\"", "for=\"192.0.2.7:_port\"",
        "for=192.0.2.7;proto=http;by=203.0.113.43", "proto=http ; for=192.0.2.7", "by=\"_a,b;c\\\"d\";for=192.0.2.7",
        "for=\"192.0.2\\.7\"", "host=\"\";for=192.0.2.7", "for=192.0.2.7;"}) {
    EXPECT_EQ(by_forwarded({element}), "192.0.2.7") << element;
  }
  for (const std::string_view element : {"for=\"[2001:db8::7]\"", "for=\"[2001:DB8::7]:4711\""})
    EXPECT_EQ(by_forwarded({element}), "2001:db8::7") << element;
}

TEST(Forwarding, AForwardedElementWithoutAnAddressEndsTheChain) {
  for (const std::string_view element : {"for=unknown",
                                         "for=_gazonk",
                                         "for=\"_gazonk:_1\"",
                                         "proto=https",
                                         "for",
                                         "for=",
                                         "=192.0.2.7",
                                         "for =192.0.2.7",
                                         "for= 192.0.2.7",
                                         "for=[2001:db8::7]",
                                         "for=2001:db8::7",
                                         "for=\"2001:db8::7\"",
                                         "for=192.0.2.7:80",
                                         "for=\"192.0.2.7",
                                         "for=192.0.2.7\"",
                                         "for=\"192.0.2.7\\",
                                         "for=192.0.2.7;for=192.0.2.8",
                                         "192.0.2.7",
                                         "for=192.0.2.7 proto=http",
                                         "for=\"192.0.2.7\"x"}) {
    SCOPED_TRACE(element);
    EXPECT_EQ(by_forwarded({element}), "10.0.0.1");
    EXPECT_EQ(by_forwarded({"for=203.0.113.1", element, "for=10.0.0.2"}), "10.0.0.2");
  }
}

TEST(Forwarding, AQuoteThatAClientLeftOpenHidesNothingOfWhatAProxyAdded) {
  EXPECT_EQ(by_forwarded({"for=\"203.0.113.1, for=192.0.2.7, for=10.0.0.2"}), "192.0.2.7");
  EXPECT_EQ(by_forwarded({"for=\"203.0.113.1\\, for=\"192.0.2.7\", for=\"10.0.0.2:80\""}), "192.0.2.7");
  EXPECT_EQ(by_forwarded({"by=\",\", for=192.0.2.7"}), "192.0.2.7");
}

RC_GTEST_PROP(Forwarding, OnlyTheLastUntrustedOfWhatProxiesWroteCounts, ()) {
  const auto garbage = *rc::gen::string<std::string>();
  const auto hops = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 255));
  const auto last = *rc::gen::inRange(1, 255);
  const auto client_ip = "192.0.2." + std::to_string(last);
  std::string xff = garbage + ", " + client_ip, forwarded = garbage + ", for=" + client_ip;
  for (const auto hop : hops) {
    xff += ", 10.0.0." + std::to_string(hop);
    forwarded += ",for=\"10.0.0." + std::to_string(hop) + ":80\";proto=https";
  }

  RC_ASSERT(by_xff({xff}) == client_ip);
  RC_ASSERT(by_forwarded({forwarded}) == client_ip);
}

}  // namespace
}  // namespace sallyport::transport
