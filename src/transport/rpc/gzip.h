#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::transport::rpc {

/// Appends `bytes` as one gzip member (RFC 1952).
void append_gzip(std::string& out, std::string_view bytes);

/// What one gzip member holds. `too_large` / "body_too_large" as soon as more than `limit` bytes have come out, so
/// that what expands a thousandfold costs no more memory than what does not; `malformed` / "message_malformed" when it
/// is no gzip, is cut short, does not match its checksum, or something follows it. No copy of it is left behind.
core::Result<std::string> gunzip(std::string_view compressed, std::size_t limit);

}  // namespace sallyport::transport::rpc
