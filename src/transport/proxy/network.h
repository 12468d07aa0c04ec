#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "transport/address.h"

namespace sallyport::transport {

/// A block of IP addresses (CIDR, RFC 4632 §3.1).
class Network {
 public:
  /// "10.0.0.0/8", "2001:db8::/32", or one address alone. Nothing for anything else, bits below the prefix included:
  /// "10.0.0.1/8" is more likely a slip than a network.
  static std::optional<Network> parse(std::string_view text);

  bool contains(const Address& address) const;

 private:
  Network(const Address& first, std::size_t prefix) : first_(first), prefix_(prefix) {}
  Address first_;
  std::size_t prefix_;  ///< bits of the 16 bytes: an IPv4 /8 is 104
};

bool contains(std::span<const Network> networks, const Address& address);

}  // namespace sallyport::transport
