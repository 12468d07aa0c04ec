#pragma once

#include <cstddef>
#include <string_view>

namespace sallyport::transport::rest {

/// Bytes of the well-formed UTF-8 sequence that `text` begins with, 1 to 4; 0 if it begins with none. Surrogates,
/// overlong forms and anything above U+10FFFF are ill-formed (RFC 3629 §4).
std::size_t utf8_sequence_length(std::string_view text);

/// Whether all of `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

/// Code points in well-formed UTF-8.
std::size_t count_code_points(std::string_view text);

}  // namespace sallyport::transport::rest
