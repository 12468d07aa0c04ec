#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::app {

/// An origin as browsers write it (RFC 6454 §6.1): "https://auth.example.org", "http://127.0.0.1:8080".
struct Origin {
  enum class Scheme { http, https };
  Scheme scheme;
  std::string host;    ///< a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port;  ///< the scheme's default if none is named

  /// Lower case, no default port, nothing behind; addresses in their one canonical form. Anything else is nothing,
  /// since no browser would ever send it.
  static std::optional<Origin> parse(std::string_view text);

  /// Whether it is this machine whatever a resolver says: 127.0.0.0/8, ::1, "localhost" and names under it (RFC 6761
  /// §6.3).
  bool is_loopback() const;
};

}  // namespace sallyport::app
