#include "transport/rpc/timeout.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace sallyport::transport::rpc {
namespace {

std::optional<std::int64_t> parse_digits(std::string_view text, std::size_t most) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > most || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

template <class Unit>
std::chrono::milliseconds bounded(std::int64_t count) {
  if (std::chrono::duration<double>(Unit(count)) >= longest_timeout) return longest_timeout;
  return std::chrono::ceil<std::chrono::milliseconds>(Unit(count));
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_grpc_timeout(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto count = parse_digits(text.substr(0, text.size() - 1), 8);
  if (!count) return std::nullopt;
  switch (text.back()) {
    case 'H':
      return bounded<std::chrono::hours>(*count);
    case 'M':
      return bounded<std::chrono::minutes>(*count);
    case 'S':
      return bounded<std::chrono::seconds>(*count);
    case 'm':
      return bounded<std::chrono::milliseconds>(*count);
    case 'u':
      return bounded<std::chrono::microseconds>(*count);
    case 'n':
      return bounded<std::chrono::nanoseconds>(*count);
    default:
      return std::nullopt;
  }
}

std::optional<std::chrono::milliseconds> parse_connect_timeout(std::string_view text) {
  const auto count = parse_digits(text, 10);
  return count ? std::optional(bounded<std::chrono::milliseconds>(*count)) : std::nullopt;
}

}  // namespace sallyport::transport::rpc
