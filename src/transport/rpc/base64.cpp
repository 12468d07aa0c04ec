#include "transport/rpc/base64.h"

#include <array>

namespace sallyport::transport::rpc {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  table['-'] = 62;
  table['_'] = 63;
  return table;
}();

}  // namespace

void append_base64(std::string& out, std::string_view bytes, Padding padding) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  while (!bytes.empty()) {
    const auto group = bytes.substr(0, 3);
    bytes.remove_prefix(group.size());
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) {
      if (i <= group.size()) out += alphabet[bits >> (18 - 6 * i) & 63];
      else if (padding == Padding::yes) out += '=';
    }
  }
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 == 0) {
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int kept = 0;
  for (const char c : text) {
    const auto value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    kept += 6;
    if (kept < 8) continue;
    kept -= 8;
    out += static_cast<char>(bits >> kept);
  }
  return out;
}

bool Base64Stream::feed(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (is_broken_) break;
    const auto value = values[static_cast<unsigned char>(c)];
    if (c == '=' && count_ >= 2) ++padding_;
    else if (value < 0 || padding_ > 0) is_broken_ = true;
    bits_ = bits_ << 6 | (value < 0 ? 0 : static_cast<std::uint32_t>(value));
    if (is_broken_ || ++count_ < 4) continue;
    for (int shift = 16; shift >= 8 * padding_; shift -= 8) out += static_cast<char>(bits_ >> shift);
    bits_ = 0;
    count_ = padding_ = 0;
  }
  return !is_broken_;
}

}  // namespace sallyport::transport::rpc
