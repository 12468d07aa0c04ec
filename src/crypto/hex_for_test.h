#pragma once

#include <string>
#include <string_view>

#include "core/bytes.h"

namespace sallyport::crypto {

inline std::string hex(core::ByteView bytes) {
  std::string text;
  for (const auto byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

/// The bytes that a hexadecimal text of a test vector stands for.
inline std::string text_of_hex(std::string_view digits) {
  std::string text;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
    text += static_cast<char>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16));
  return text;
}

}  // namespace sallyport::crypto
