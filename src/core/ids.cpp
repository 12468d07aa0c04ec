#include "core/ids.h"

#include <algorithm>

namespace sallyport::core {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::first_v7(Timestamp at) {
  Uuid uuid;
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch();
  const auto millis = static_cast<std::uint64_t>(since_epoch.count());
  for (std::size_t i = 0; i < 6; ++i) uuid.bytes_[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  return uuid;
}

Uuid Uuid::v7(Timestamp now, Random& random) {
  Uuid uuid;
  random.fill(uuid.bytes_);
  std::ranges::copy_n(first_v7(now).bytes_.begin(), 6, uuid.bytes_.begin());
  uuid.bytes_[6] = static_cast<std::uint8_t>(0x70 | (uuid.bytes_[6] & 0x0f));
  uuid.bytes_[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes_[8] & 0x3f));
  return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = hex_value(text[at++]);
    const int low = hex_value(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid.bytes_[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return uuid;
}

std::optional<Uuid> Uuid::parse_digits(std::string_view text) {
  if (text.size() != 32) return parse(text);
  std::string hyphenated(text);
  for (const std::size_t at : {8UZ, 13UZ, 18UZ, 23UZ}) hyphenated.insert(at, 1, '-');
  return parse(hyphenated);
}

std::optional<Uuid> Uuid::from_bytes(ByteView bytes) {
  Uuid uuid;
  if (bytes.size() != uuid.bytes_.size()) return std::nullopt;
  std::ranges::copy(bytes, uuid.bytes_.begin());
  return uuid;
}

std::string Uuid::str() const {
  std::string text(36, '-');
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (dash_before(i)) ++at;
    text[at++] = hex_digits[bytes_[i] >> 4];
    text[at++] = hex_digits[bytes_[i] & 15];
  }
  return text;
}

}  // namespace sallyport::core
