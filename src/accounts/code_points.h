#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::accounts {

/// How a text is normalised: NFKC (UAX #15), with letter case kept or folded (Unicode §3.13, full folding).
enum class LetterCase { kept, folded };

/// Text as Unicode code points. Wipes itself, so that passwords may pass through.
class CodePoints {
 public:
  /// The code points as they are; nothing if `utf8` is not UTF-8 (overlong forms and surrogates are not).
  static std::optional<CodePoints> decode(std::string_view utf8);
  /// The code points after one pass of NFKC; nothing if `utf8` is not UTF-8.
  static std::optional<CodePoints> nfkc(std::string_view utf8, LetterCase letter_case);

  CodePoints(CodePoints&&) noexcept = default;
  CodePoints& operator=(CodePoints&&) = delete;
  ~CodePoints();

  std::size_t size() const { return points_.size(); }
  auto begin() const { return points_.begin(); }
  auto end() const { return points_.end(); }
  std::size_t utf8_size() const;
  /// Writes `utf8_size()` bytes.
  void encode(std::span<std::uint8_t> out) const;
  /// As UTF-8. For text that is not secret: the string does not wipe itself.
  std::string str() const;

 private:
  CodePoints() = default;
  std::vector<std::int32_t> points_;  // utf8proc's own type for a code point
};

/// Letter, combining mark or decimal digit that can be seen (not Default_Ignorable, such as a Hangul filler).
bool is_visible_letter_mark_or_digit(std::int32_t point);
/// Shown as nothing or changing the direction of what is shown: Default_Ignorable, format or control characters.
bool is_invisible(std::int32_t point);
/// A control character (C0, C1, DEL) or a line or paragraph separator.
bool is_control(std::int32_t point);
/// A space of any width.
bool is_space(std::int32_t point);

}  // namespace sallyport::accounts
