#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/secret.h"

namespace sallyport::core {

/// base64url without padding (RFC 4648 §5, RFC 7515 §2).
std::string base64url_encode(ByteView bytes);

/// The text of a token: `prefix`, then the bytes in base64url. No copy of it stays behind.
Secret token_text(std::string_view prefix, ByteView bytes);

/// Strict: no padding, no white space, and unused bits zero, so that every byte string has exactly one text (RFC 4648
/// §3.5). Anything else is nothing.
std::optional<Bytes> base64url_decode(std::string_view text);

}  // namespace sallyport::core
