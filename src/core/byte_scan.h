#pragma once

#include <cstdint>
#include <cstring>

namespace sallyport::core {

/// Eight bytes looked at in one step. The questions are exact about whether there is such a byte, not about where:
/// use them to skip what needs no closer look.
inline std::uint64_t load_eight(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}
constexpr std::uint64_t repeated(std::uint8_t byte) { return 0x0101'0101'0101'0101ULL * byte; }
/// `limit` at most 0x80; bytes from 0x80 on are never below it.
constexpr bool has_byte_below(std::uint64_t word, std::uint8_t limit) {
  return ((word - repeated(limit)) & ~word & repeated(0x80)) != 0;
}
constexpr bool has_byte(std::uint64_t word, std::uint8_t byte) { return has_byte_below(word ^ repeated(byte), 1); }
constexpr bool has_high_byte(std::uint64_t word) { return (word & repeated(0x80)) != 0; }

}  // namespace sallyport::core
