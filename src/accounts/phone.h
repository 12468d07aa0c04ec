#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::accounts {

/// An international phone number (ITU-T E.164 §6.2.1): `+`, then 7 to 15 digits of which the first is not zero.
class Phone {
 public:
  /// `invalid` / "phone_malformed": anything else, spaces and hyphens too.
  static core::Result<Phone> parse(std::string_view text);

  std::string_view str() const& { return text_; }
  std::string_view str() && = delete;
  friend auto operator<=>(const Phone&, const Phone&) = default;

 private:
  explicit Phone(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace sallyport::accounts
