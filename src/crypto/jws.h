#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "crypto/flat_json.h"
#include "crypto/signing_key.h"

namespace sallyport::crypto {

/// A JWS in compact serialization (RFC 7515 §7.1), taken apart and not yet believed. Borrows the text.
struct Jws {
  FlatJson header;
  core::Bytes payload, signature;
  std::string_view signed_text;

  /// Nothing for text of any other shape, base64url that is not canonical, and a header that `FlatJson` does not take.
  static std::optional<Jws> parse(std::string_view text);

  /// Whether the key signs JWTs and `alg` is its algorithm: the token can only agree (RFC 8725 §3.1).
  bool names_algorithm_of(const VerifyingKey& key) const;
  /// Whether it does, and signed this. Costs as `VerifyingKey::verify` does.
  bool is_signed_by(const VerifyingKey& key) const;
};

/// The compact serialization. `header` is a JSON object whose `alg` is the key's.
std::string sign_jws(const SigningKey& key, std::string_view header, std::string_view payload);

}  // namespace sallyport::crypto
