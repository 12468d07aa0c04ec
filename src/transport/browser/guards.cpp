#include "transport/browser/guards.h"

#include <algorithm>
#include <array>

namespace sallyport::transport {
namespace {

/// "localhost:8080", "127.0.0.1", "[::1]:80": the host part names this machine's loopback.
bool is_loopback_authority(std::string_view authority) {
  std::string_view host = authority;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return false;
    host = host.substr(1, end - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  if (host == "127.0.0.1") return true;  // as nearly all do
  if (std::ranges::equal(host, std::string_view("localhost"), {},
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; })) {
    return true;
  }
  const auto address = Address::parse_ip(host);
  return address && address->is_loopback();
}

}  // namespace

std::optional<Middleware::Refusal> LoopbackOnly::before_routing(Exchange& exchange) {
  static constexpr std::array<std::string_view, 6> forwarding{
      "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"};
  const bool is_forwarded =
      std::ranges::any_of(forwarding, [&](auto name) { return exchange.header(name).has_value(); });
  if (!is_forwarded && exchange.peer().is_loopback() && is_loopback_authority(exchange.authority()))
    return std::nullopt;
  return Refusal{421, {.fault = core::Fault::invalid, .code = "misdirected_request"}};
}

bool CsrfGuard::is_own_origin(const Exchange& exchange, std::string_view origin) const {
  if (origins_.empty())
    return origin == (exchange.is_secure() ? "https://" : "http://") + std::string(exchange.authority());
  return std::ranges::find(origins_, origin) != origins_.end();
}

std::optional<Middleware::Refusal> CsrfGuard::before_handler(Exchange& exchange, const Route& route) {
  if (route.cookies != Cookies::used || is_safe(exchange.method())) return std::nullopt;
  bool is_allowed;
  if (const auto origin = exchange.header("Origin")) {
    is_allowed = is_own_origin(exchange, *origin);
  } else if (const auto site = exchange.header("Sec-Fetch-Site")) {
    is_allowed = *site == "same-origin" || *site == "none";
  } else {
    is_allowed = !exchange.header("Cookie");
  }
  if (is_allowed) return std::nullopt;
  return Refusal{403, {.fault = core::Fault::forbidden, .code = "csrf_refused"}};
}

}  // namespace sallyport::transport
