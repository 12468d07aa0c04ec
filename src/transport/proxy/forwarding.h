#pragma once

#include <span>
#include <string_view>

#include "transport/proxy/rules.h"

namespace sallyport::transport {

/// Who sent a request that came through proxies: the right-most hop that is not a trusted proxy. `lines` are the values
/// of all header lines of that name, in order; each proxy adds its peer at the end, so the list is read from there, and
/// what stands left of the hop found, which anybody can write, is not looked at.
///
/// `header` is `x_forwarded_for`, a list of addresses with or without a port (IPv6 in brackets or bare), or `forwarded`
/// (RFC 7239), of whose elements `for` counts. A hop that names no address (`unknown`, an obfuscated identifier, an
/// element without `for`, a malformed one) ends the walk as a missing one does: the client is then the trusted proxy
/// that wrote it, the last address that is known. So a request can only be attributed to an address that its sender
/// has or to one of the operator's own proxies, never to somebody else's.
Address client_behind(const Address& peer, ProxyHeader header, std::span<const std::string_view> lines,
                      std::span<const Network> trusted);

}  // namespace sallyport::transport
