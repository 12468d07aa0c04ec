#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::app {

struct ProbeAnswer {
  int status;
  std::string body;  ///< with whatever framing it came in; at most 64 KiB with the head
};

/// How a server is spoken to.
enum class ProbeWire {
  plain,
  tls,         ///< whatever certificate it shows: nothing secret is said
  checked_tls  ///< its certificate must be for the host, from an authority that the system trusts
};

/// Whom to ask.
struct ProbeTarget {
  std::string host;
  std::uint16_t port;
  std::string authority;        ///< what the request names as its Host
  std::string_view preamble{};  ///< said before anything else; points at a literal
  ProbeWire wire = ProbeWire::plain;
};

/// One GET of HTTP/1.1 on a connection of its own. Blocks until the deadline at most, a look-up of the name apart. The
/// process ignores SIGPIPE. `unavailable` / "no_answer" with a sentence.
core::Result<ProbeAnswer> probe(const ProbeTarget& target, std::string_view path,
                                std::chrono::steady_clock::time_point deadline);

}  // namespace sallyport::app
