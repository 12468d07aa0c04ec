#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace sallyport::core {

/// Two lower case digits a byte.
std::string to_hex(ByteView bytes);

/// Strict: what `to_hex` gives, so that every byte string has exactly one text. Anything else is nothing.
std::optional<Bytes> parse_hex(std::string_view text);

}  // namespace sallyport::core
