#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "transport/proxy/rules.h"

namespace sallyport::transport {

/// What stands before the first byte of HTTP on a connection of a trusted proxy (the PROXY protocol of HAProxy,
/// proxy-protocol.txt, §2).
struct Preamble {
  enum class Status {
    incomplete,  ///< right so far; at most `max_preamble` bytes will be needed
    complete,
    refused,  ///< not what is configured: the rest of the connection means nothing
  };
  Status status;
  std::size_t size = 0;             ///< when complete
  std::optional<Address> client{};  ///< none of a proxy that speaks for itself (LOCAL, UNKNOWN, UNSPEC)
};

/// Version 1 is at most 107 bytes (§2.1); version 2 is 16 and what they announce, of which we take this much: addresses
/// and the additional fields (TLV) that proxies send are a few hundred.
inline constexpr std::size_t max_preamble = 16 + 4'096;

/// Sans-I/O: call again with more bytes while incomplete. `version` is `proxy_v1` or `proxy_v2`; the other one is
/// refused (§2: a receiver must not guess).
Preamble read_preamble(ProxyHeader version, std::string_view bytes);

}  // namespace sallyport::transport
