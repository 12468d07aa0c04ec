#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::idempotency {

/// The name that a client gives to a request, so that a second try of it is known for one (draft-ietf-httpapi-
/// idempotency-key-header-07 §2): 1 to 64 visible ASCII characters. A UUID is a good one.
class IdempotencyKey {
 public:
  static constexpr std::size_t max_bytes = 64;

  /// The value of a header: a string of structured fields ("in quotes", RFC 8941 §3.3.3), as the draft has it, or the
  /// bare text that most clients send; both name the same. `invalid` / "idempotency_key_malformed".
  static core::Result<IdempotencyKey> parse(std::string_view header);

  std::string_view str() const& { return text_; }
  std::string_view str() && = delete;

 private:
  explicit IdempotencyKey(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace sallyport::idempotency
