#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "crypto/signing_key.h"

namespace sallyport::crypto {

/// A token of PASETO v4.public (paseto.io, version 4), taken apart and not yet believed.
struct Paseto {
  static constexpr std::string_view prefix = "v4.public.";

  std::string message, footer;
  core::Bytes signature;

  /// Nothing for text of any other shape or purpose, and for base64url that is not canonical.
  static std::optional<Paseto> parse(std::string_view text);

  /// Whether the key signs PASETO and signed this with that implicit assertion. Costs 100 µs.
  bool is_signed_by(const VerifyingKey& key, std::string_view implicit_assertion = "") const;
};

/// Whether a text begins as a token of any version and purpose of PASETO does: "v3.local.", which no JWT can.
bool looks_like_paseto(std::string_view text);

/// `key` is one of `SigningAlgorithm::v4_public`; an empty footer is left out.
std::string sign_paseto(const SigningKey& key, std::string_view message, std::string_view footer,
                        std::string_view implicit_assertion = "");

}  // namespace sallyport::crypto
