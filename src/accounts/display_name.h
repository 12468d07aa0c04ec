#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::accounts {

/// What a person wants to be called: 1 to 255 code points, as typed.
class DisplayName {
 public:
  static constexpr std::size_t max_code_points = 255;

  /// `invalid` with "too_short" (empty), "too_long", "not_utf8", "blank" (nothing to see) or
  /// "contains_control_character" (line breaks too, and embeddings, overrides and isolates of writing direction, which
  /// let a name rearrange the text around it).
  static core::Result<DisplayName> parse(std::string_view text);

  std::string_view str() const& { return text_; }
  std::string_view str() && = delete;
  friend bool operator==(const DisplayName&, const DisplayName&) = default;

 private:
  explicit DisplayName(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace sallyport::accounts
