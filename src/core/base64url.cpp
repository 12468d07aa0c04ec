#include "core/base64url.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace sallyport::core {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr auto values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}();

constexpr std::size_t encoded_size(ByteView bytes) { return (bytes.size() * 4 + 2) / 3; }

/// `out` has room for `encoded_size`.
template <class Out>
void encode(ByteView bytes, Out out) {
  const auto letter = [](std::uint32_t six_bits) {
    return static_cast<std::iter_value_t<Out>>(alphabet[six_bits & 63]);
  };
  std::uint32_t bits = 0;
  int held = 0;
  for (const auto byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) *out++ = letter(bits >> (held - 6));
  }
  if (held > 0) *out = letter(bits << (6 - held));
}

}  // namespace

std::string base64url_encode(ByteView bytes) {
  std::string text(encoded_size(bytes), ' ');
  encode(bytes, text.begin());
  return text;
}

Secret token_text(std::string_view prefix, ByteView bytes) {
  auto text = Secret::of_size(prefix.size() + encoded_size(bytes));
  encode(bytes, std::ranges::copy(prefix, text.writable().begin()).out);
  return text;
}

std::optional<Bytes> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> held));
    }
  }
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace sallyport::core
