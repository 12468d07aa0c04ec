#include "app/config_origin.h"

#include <algorithm>
#include <charconv>

#include "transport/address.h"

namespace sallyport::app {
namespace {

using transport::Address;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A name of letters, digits, hyphens and underscores in labels of 1 to 63, 253 together (RFC 1035 §2.3.4). One whose
/// last label is a number is an IPv4 address to browsers (WHATWG URL, "ends in a number").
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::string_view last;
  for (auto rest = host;;) {
    last = rest.substr(0, rest.find('.'));
    const bool is_label = !last.empty() && last.size() <= 63 && std::ranges::all_of(last, [](char c) {
      return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
    });
    if (!is_label) return false;
    if (last.size() == rest.size()) break;
    rest.remove_prefix(last.size() + 1);
  }
  const bool is_numeric = is_digit(last.front());  // no top-level domain begins with a digit
  return !is_numeric || Address::parse_ip(host).has_value();
}

constexpr std::uint16_t default_port(Origin::Scheme scheme) { return scheme == Origin::Scheme::https ? 443 : 80; }

/// Nothing for the default one, too, which browsers leave out.
std::optional<std::uint16_t> parse_port(std::string_view digits, Origin::Scheme scheme) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool is_port = error == std::errc{} && end == digits.data() + digits.size() && digits.front() != '0';
  return is_port && port != default_port(scheme) ? std::optional(port) : std::nullopt;
}

}  // namespace

std::optional<Origin> Origin::parse(std::string_view text) {
  Origin origin{};
  if (text.starts_with("https://")) origin.scheme = Scheme::https;
  else if (text.starts_with("http://")) origin.scheme = Scheme::http;
  else return std::nullopt;
  auto rest = text.substr(text.find("//") + 2);

  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    origin.host = rest.substr(1, end - 1);
    const auto address = Address::parse_ip(origin.host);
    if (!origin.host.contains(':') || !address || address->ip() != origin.host) return std::nullopt;
    rest.remove_prefix(end + 1);
  } else {
    origin.host = rest.substr(0, rest.find(':'));
    if (!is_host(origin.host)) return std::nullopt;
    rest.remove_prefix(origin.host.size());
  }
  if (!rest.empty() && rest.front() != ':') return std::nullopt;
  const auto port =
      rest.empty() ? std::optional(default_port(origin.scheme)) : parse_port(rest.substr(1), origin.scheme);
  if (!port) return std::nullopt;
  origin.port = *port;
  return origin;
}

bool Origin::is_loopback() const {
  const auto address = transport::Address::parse_ip(host);
  return address ? address->is_loopback() : host == "localhost" || host.ends_with(".localhost");
}

}  // namespace sallyport::app
