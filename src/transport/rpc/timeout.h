#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sallyport::transport::rpc {

/// Longer ones are this long: nobody waits for a month, and a moment so far away can be computed.
inline constexpr std::chrono::milliseconds longest_timeout = std::chrono::days{30};

/// `grpc-timeout`: one to eight digits and a unit out of H, M, S, m, u, n (gRPC over HTTP/2, "Timeout"), rounded up to
/// milliseconds. Nothing if it is anything else.
std::optional<std::chrono::milliseconds> parse_grpc_timeout(std::string_view text);

/// `connect-timeout-ms`: one to ten digits (Connect Protocol, "Timeout"). Nothing if it is anything else.
std::optional<std::chrono::milliseconds> parse_connect_timeout(std::string_view text);

}  // namespace sallyport::transport::rpc
