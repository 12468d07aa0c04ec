#include "accounts/code_points.h"

#include <openssl/crypto.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sallyport::accounts {
namespace {

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

utf8proc_option_t normalisation(LetterCase letter_case) {
  // STABLE: only compositions that no later version of Unicode changes.
  auto options = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE;
  if (letter_case == LetterCase::folded) options |= UTF8PROC_CASEFOLD;
  return static_cast<utf8proc_option_t>(options);
}

std::size_t utf8_size_of(std::int32_t point) { return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4; }

}  // namespace

std::optional<CodePoints> CodePoints::decode(std::string_view utf8) {
  CodePoints decoded;
  decoded.points_.reserve(utf8.size());  // growing would leave copies behind
  while (!utf8.empty()) {
    utf8proc_int32_t point;
    const auto size = utf8proc_iterate(bytes_of(utf8), std::ssize(utf8), &point);
    if (size <= 0) return std::nullopt;
    decoded.points_.push_back(point);
    utf8.remove_prefix(static_cast<std::size_t>(size));
  }
  return decoded;
}

std::optional<CodePoints> CodePoints::nfkc(std::string_view utf8, LetterCase letter_case) {
  const auto options = normalisation(letter_case);
  const auto needed = utf8proc_decompose(bytes_of(utf8), std::ssize(utf8), nullptr, 0, options);
  if (needed < 0) return std::nullopt;
  CodePoints normal;
  // utf8proc_map would do all of this, but leaves the text behind in memory it frees.
  normal.points_.resize(static_cast<std::size_t>(needed));
  utf8proc_decompose(bytes_of(utf8), std::ssize(utf8), normal.points_.data(), needed, options);
  const auto size = utf8proc_normalize_utf32(normal.points_.data(), needed, options);
  if (size < 0) return std::nullopt;
  OPENSSL_cleanse(normal.points_.data() + size, static_cast<std::size_t>(needed - size) * sizeof(std::int32_t));
  normal.points_.resize(static_cast<std::size_t>(size));
  return normal;
}

CodePoints::~CodePoints() { OPENSSL_cleanse(points_.data(), points_.size() * sizeof(std::int32_t)); }

std::size_t CodePoints::utf8_size() const {
  std::size_t size = 0;
  for (const auto point : points_) size += utf8_size_of(point);
  return size;
}

void CodePoints::encode(std::span<std::uint8_t> out) const {
  std::array<std::uint8_t, 4> encoded;  // utf8proc wants room for four bytes
  for (const auto point : points_) {
    const auto size = static_cast<std::size_t>(utf8proc_encode_char(point, encoded.data()));
    std::copy_n(encoded.begin(), size, out.begin());
    out = out.subspan(size);
  }
  OPENSSL_cleanse(encoded.data(), encoded.size());
}

std::string CodePoints::str() const {
  std::string text(utf8_size(), '\0');
  encode({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return text;
}

bool is_visible_letter_mark_or_digit(std::int32_t point) {
  const auto& property = *utf8proc_get_property(point);
  const bool is_letter_or_mark = property.category >= UTF8PROC_CATEGORY_LU && property.category <= UTF8PROC_CATEGORY_ME;
  return (is_letter_or_mark || property.category == UTF8PROC_CATEGORY_ND) && !property.ignorable;
}

bool is_invisible(std::int32_t point) {
  const auto& property = *utf8proc_get_property(point);
  return property.ignorable || property.category == UTF8PROC_CATEGORY_CF || is_control(point);
}

bool is_control(std::int32_t point) {
  const auto category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

bool is_space(std::int32_t point) { return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS; }

}  // namespace sallyport::accounts
