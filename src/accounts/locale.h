#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::accounts {

/// A language tag (BCP 47: RFC 5646), well formed and at most 35 characters (the length RFC 5646 §4.4.1 asks for), as
/// typed. Whether its subtags are registered is not looked at.
class Locale {
 public:
  static constexpr std::size_t max_size = 35;

  /// `invalid` with "too_long" or "locale_malformed". The irregular tags of RFC 5646 §2.2.8 (`i-klingon`, `en-GB-oed`)
  /// are refused: no software that shows texts knows them.
  static core::Result<Locale> parse(std::string_view text);

  std::string_view str() const& { return text_; }
  std::string_view str() && = delete;
  friend bool operator==(const Locale&, const Locale&) = default;

 private:
  explicit Locale(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace sallyport::accounts
