#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/secret.h"

namespace sallyport::smtp {

enum class Tls {
  none,      ///< in the clear
  starttls,  ///< RFC 3207; a server that does not offer it gets no mail
  implicit,  ///< RFC 8314 §3.3
};

/// The mail server, and how it is spoken to.
struct SmtpSettings {
  std::string host;        ///< a name, or an address (IPv6 in brackets)
  std::uint16_t port = 0;  ///< 0: the usual one of `tls`
  Tls tls = Tls::starttls;
  std::string user;                              ///< empty: no authentication
  std::shared_ptr<const core::Secret> password;  ///< shared with the configuration it came from; null without a user
  std::string ca_bundle;                         ///< whom to trust instead of what the system does; empty: the system
  std::chrono::milliseconds timeout{30'000};     ///< for one mail, from connecting to the last reply
};

/// Where it listens: RFC 6409 §3.1, RFC 8314 §3.3, RFC 5321 §4.5.4.2.
constexpr std::uint16_t usual_port(Tls tls) {
  switch (tls) {
    case Tls::none:
      return 25;
    case Tls::starttls:
      return 587;
    case Tls::implicit:
      return 465;
  }
  return 0;
}
inline std::uint16_t port_of(const SmtpSettings& settings) {
  return settings.port != 0 ? settings.port : usual_port(settings.tls);
}

}  // namespace sallyport::smtp
