#include "transport/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace sallyport::transport {
namespace {
constexpr std::array<std::uint8_t, 12> ipv4_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
}

bool Address::is_ipv4() const { return std::equal(ipv4_mapped.begin(), ipv4_mapped.end(), bytes_.begin()); }

Address Address::from(const sockaddr& socket_address) {
  Address address;
  if (socket_address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &socket_address, sizeof v4);
    std::ranges::copy(ipv4_mapped, address.bytes_.begin());
    std::memcpy(address.bytes_.data() + 12, &v4.sin_addr, 4);
    address.port_ = ntohs(v4.sin_port);
  } else if (socket_address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &socket_address, sizeof v6);
    std::memcpy(address.bytes_.data(), &v6.sin6_addr, 16);
    address.port_ = ntohs(v6.sin6_port);
  }
  return address;
}

std::optional<Address> Address::parse_ip(std::string_view text, std::uint16_t port) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  Address address;
  address.port_ = port;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes_.data() + 12) == 1) {
    std::ranges::copy(ipv4_mapped, address.bytes_.begin());
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

std::string Address::ip() const {
  if (is_ipv4()) {  // not by inet_ntop, which is printf inside: every log line and session has an address
    std::string text;
    for (std::size_t i = 12; i < 16; ++i) text.append(i == 12 ? "" : ".").append(std::to_string(bytes_[i]));
    return text;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

bool Address::is_loopback() const {
  if (is_ipv4()) return bytes_[12] == 127;
  static constexpr std::array<std::uint8_t, 16> v6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return bytes_ == v6_loopback;
}

std::uint64_t Address::network() const {
  const auto network = is_ipv4() ? std::span(bytes_).subspan(12, 3)  // below 2^24, as no global unicast /64 is
                                 : std::span(bytes_).first(8);
  std::uint64_t key = 0;
  for (const auto byte : network) key = key << 8 | byte;
  return key;
}

}  // namespace sallyport::transport
