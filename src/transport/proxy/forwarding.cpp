#include "transport/proxy/forwarding.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <ranges>
#include <string>

#include "transport/http1/header_field.h"

namespace sallyport::transport {
namespace {

using http1::equals_ignoring_case;
using http1::trim_ows;

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return http1::is(http1::token_byte, c); });
}

bool is_digits(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// RFC 7239 §6.3: `_` and at least one of ALPHA / DIGIT / "." / "_" / "-".
bool is_obfuscated(std::string_view text) {
  return text.size() > 1 && text.front() == '_' && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
                  c == '-';
         });
}

/// Whether the quote at `at` is written as `\"` (RFC 9110 §5.6.4): an odd number of backslashes before it.
bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - backslashes - 1] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

enum class Quotes { none, understood };

/// Takes the last element off a comma-separated list. Read from the end, where the text is a trusted proxy's: an open
/// quote that a client left further to the left changes nothing about it.
std::string_view take_last(std::string_view& list, Quotes quotes) {
  bool is_quoted = false;
  auto at = list.size();
  while (at > 0) {
    const char c = list[at - 1];
    if (quotes == Quotes::understood && c == '"' && !is_escaped(list, at - 1)) is_quoted = !is_quoted;
    if (c == ',' && !is_quoted) break;
    --at;
  }
  const auto element = list.substr(at);
  list = list.substr(0, at == 0 ? 0 : at - 1);
  return trim_ows(element);
}

/// The address of "192.0.2.1", "192.0.2.1:80" or "[2001:db8::1]", "[2001:db8::1]:80". Nothing for anything else.
std::optional<Address> parse_node(std::string_view node) {
  std::string_view host = node, behind;
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = node.substr(1, end - 1);
    behind = node.substr(end + 1);
    if (!host.contains(':')) return std::nullopt;
  } else if (const auto colon = node.find(':'); colon != std::string_view::npos) {
    host = node.substr(0, colon);
    behind = node.substr(colon);
  }
  std::uint16_t port = 0;
  if (!behind.empty()) {
    if (behind.front() != ':') return std::nullopt;
    behind.remove_prefix(1);
    if (!is_digits(behind, 5) && !is_obfuscated(behind)) return std::nullopt;
    if (behind.front() != '_' && std::from_chars(behind.data(), behind.data() + behind.size(), port).ec != std::errc{})
      return std::nullopt;
  }
  return Address::parse_ip(host, port);
}

std::optional<Address> parse_x_forwarded_for(std::string_view hop) {
  // Not in any standard, and written by many: a bare IPv6 address.
  if (const auto bare = Address::parse_ip(hop)) return bare;
  return parse_node(hop);
}

/// Takes `token` or `quoted-string` off the front; nothing, and `text` anywhere, if there is neither.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const auto end = std::min(text.find_first_of("; \t"), text.size());
    value = text.substr(0, end);
    text.remove_prefix(end);
    return is_token(value) ? std::optional(std::move(value)) : std::nullopt;
  }
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      text.remove_prefix(at + 1);
      return value;
    }
    if (text[at] == '\\') ++at;
    if (at == text.size()) break;
    value += text[at];
  }
  return std::nullopt;
}

/// The `for` of one element: *pairs* of token "=" value between semicolons, none twice (RFC 7239 §4).
std::optional<Address> parse_forwarded(std::string_view element) {
  std::optional<std::string> node;
  while (!element.empty()) {
    const auto equals = element.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = element.substr(0, equals);
    element.remove_prefix(equals + 1);
    if (!is_token(name)) return std::nullopt;
    auto value = take_value(element);
    if (!value) return std::nullopt;
    if (equals_ignoring_case(name, "for")) {
      if (node) return std::nullopt;
      node = std::move(value);
    }
    element = trim_ows(element);
    if (element.empty()) break;
    if (element.front() != ';') return std::nullopt;
    element = trim_ows(element.substr(1));
  }
  return node ? parse_node(*node) : std::nullopt;
}

}  // namespace

Address client_behind(const Address& peer, ProxyHeader header, std::span<const std::string_view> lines,
                      std::span<const Network> trusted) {
  const bool is_forwarded = header == ProxyHeader::forwarded;
  auto client = peer;
  for (const auto line : std::views::reverse(lines)) {
    for (auto rest = line; !rest.empty();) {
      if (!contains(trusted, client)) return client;
      const auto hop = take_last(rest, is_forwarded ? Quotes::understood : Quotes::none);
      if (hop.empty()) continue;  // RFC 9110 §5.6.1.2: empty list elements are passed over
      const auto address = is_forwarded ? parse_forwarded(hop) : parse_x_forwarded_for(hop);
      if (!address) return client;
      client = *address;
    }
  }
  return client;
}

}  // namespace sallyport::transport
