#include "transport/proxy/network.h"

#include <algorithm>
#include <charconv>

namespace sallyport::transport {
namespace {

constexpr std::size_t all_bits = 128, ipv4_bits = 32;

bool bit_at(const Address& address, std::size_t position) {
  return (address.bytes()[position / 8] >> (7 - position % 8) & 1) != 0;
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto first = Address::parse_ip(text.substr(0, slash));
  if (!first) return std::nullopt;
  if (slash == std::string_view::npos) return Network(*first, all_bits);
  const auto bits = text.contains(':') ? all_bits : ipv4_bits;
  const auto digits = text.substr(slash + 1);
  std::size_t prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
  if (!is_number || prefix > bits || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  prefix += all_bits - bits;
  for (auto position = prefix; position < all_bits; ++position) {
    if (bit_at(*first, position)) return std::nullopt;
  }
  return Network(*first, prefix);
}

bool Network::contains(const Address& address) const {
  const auto whole = static_cast<std::ptrdiff_t>(prefix_ / 8);
  const auto& mine = first_.bytes();
  const auto& theirs = address.bytes();
  if (!std::equal(mine.begin(), mine.begin() + whole, theirs.begin())) return false;
  for (auto position = prefix_ / 8 * 8; position < prefix_; ++position) {
    if (bit_at(first_, position) != bit_at(address, position)) return false;
  }
  return true;
}

bool contains(std::span<const Network> networks, const Address& address) {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(address); });
}

}  // namespace sallyport::transport
