#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace sallyport::transport {

/// An IP address, IPv4 kept as an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), and a port.
class Address {
 public:
  Address() = default;
  static Address from(const sockaddr& socket_address);
  /// Dotted IPv4 or IPv6 text without brackets or zone; anything else is nothing.
  static std::optional<Address> parse_ip(std::string_view text, std::uint16_t port = 0);

  std::string ip() const;  ///< "192.0.2.1", "2001:db8::1"
  std::uint16_t port() const { return port_; }
  bool is_loopback() const;  ///< 127.0.0.0/8 or ::1
  /// The network whose members are one client to limits: the /24 of IPv4, the /64 of IPv6.
  std::uint64_t network() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

 private:
  bool is_ipv4() const;
  std::array<std::uint8_t, 16> bytes_{};
  std::uint16_t port_ = 0;
};

}  // namespace sallyport::transport
