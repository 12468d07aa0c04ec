#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "transport/exchange.h"

namespace sallyport::transport {

/// The values of every cookie of that name in the request, in order (RFC 6265 §5.4, read as §4.2.1 writes it). Quotes
/// are part of the value; pairs without a name or `=` are passed over. None where the exchange withholds them.
std::vector<std::string_view> cookie_values(const Exchange& exchange, std::string_view name);

/// How this server's cookies are kept. With an https `public_url` the names carry the `__Host-` prefix (RFC 6265bis
/// §4.1.3.2): no other site under the domain can set or shadow them.
class CookieJar {
 public:
  enum class Mode { plain, host_prefixed };
  explicit CookieJar(Mode mode) : mode_(mode) {}

  std::string_view session_name() const { return mode_ == Mode::plain ? "sallyport" : "__Host-sallyport"; }
  std::string_view device_name() const { return mode_ == Mode::plain ? "sallyport-device" : "__Host-sallyport-device"; }
  std::string_view flow_name() const { return mode_ == Mode::plain ? "sallyport-flow" : "__Host-sallyport-flow"; }
  /// The session cookies worth trying. A duplicate of a `__Host-` name can only be an attack or a bug, and counts as
  /// none; the plain name can be shadowed by another program on the same host, so two are tried.
  std::vector<std::string_view> session_values(const Exchange& exchange) const;
  std::string_view device_value(const Exchange& exchange) const;
  std::string_view flow_value(const Exchange& exchange) const;

  /// Set-Cookie values: HttpOnly, SameSite=Lax, Path=/, and Secure where the name wants it.
  std::string set(std::string_view name, std::string_view value, std::chrono::seconds max_age) const;
  std::string clear(std::string_view name) const;

 private:
  Mode mode_;
};

}  // namespace sallyport::transport
