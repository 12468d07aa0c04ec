#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"
#include "transport/exchange.h"

namespace sallyport::transport::pages {

/// What a browser posts of a form, decoded (WHATWG URL, "application/x-www-form-urlencoded"). Values may be secrets, so
/// all of them are kept as such.
class Form {
 public:
  static constexpr std::size_t most_bytes = 16 * 1024;
  static constexpr std::size_t most_fields = 32;

  /// Strict where browsers leave no room: `malformed` / "form_malformed" for a `%` without two hexadecimal digits,
  /// bytes that a form never has unencoded (controls, spaces, what is not ASCII), a value with NUL or that is not
  /// UTF-8, a pair without `=` or name, a name twice, or more than `most_fields`. `too_large` / "body_too_large" over
  /// `most_bytes`. No text at all is a form without fields.
  static core::Result<Form> parse(std::string_view text);

  /// The value of a field, empty if it is absent: forms send fields that were left out as empty ones.
  std::string_view operator[](std::string_view name) const;
  /// Whether it was sent at all, empty or not.
  bool has(std::string_view name) const;
  std::size_t size() const { return fields_.size(); }
  const std::vector<std::pair<std::string, core::Secret>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, core::Secret>> fields_;
};

/// The form that a request posts. `invalid` / "unsupported_media_type" (415) for another media type, else as
/// `Exchange::read_body` and `Form::parse`.
core::Task<core::Result<Form>> read_form(Exchange& exchange);

}  // namespace sallyport::transport::pages
