#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::crypto {

/// How a key signs, and with it the format of its tokens: PASETO v4.public is an algorithm of its own here, so that an
/// Ed25519 key can never sign for both formats.
enum class SigningAlgorithm {
  eddsa,      ///< JWT, Ed25519 (RFC 8037 §3.1): the default
  es256,      ///< JWT, ECDSA on P-256 with SHA-256 (RFC 7518 §3.4)
  rs256,      ///< JWT, RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3): for clients that know nothing else
  hs256,      ///< JWT, HMAC-SHA-256 (RFC 7518 §3.2): whoever can verify can sign, so for one audience only
  v4_public,  ///< PASETO v4.public, Ed25519
};

enum class TokenFormat { jwt, paseto };

/// What a key signs. One key never signs two kinds of things, so no signature can be shown as one of the other kind.
enum class SigningPurpose { access_token, audit_checkpoint };

inline constexpr std::array signing_purposes{SigningPurpose::access_token, SigningPurpose::audit_checkpoint};

/// What is fixed about a key from its making on, whatever a token may say (RFC 8725 §3.1).
struct KeyUse {
  SigningAlgorithm algorithm = SigningAlgorithm::eddsa;
  SigningPurpose purpose = SigningPurpose::access_token;
  std::string audience{};  ///< the only one the key's tokens are for; empty: any

  /// HS256 needs an audience; none holds a NUL.
  bool is_possible() const;
  friend bool operator==(const KeyUse&, const KeyUse&) = default;
};

/// "EdDSA", "ES256", "RS256", "HS256" as in the header of a JWT (RFC 7518 §3.1), or "v4.public". Stored.
std::string_view to_text(SigningAlgorithm algorithm);
std::optional<SigningAlgorithm> parse_signing_algorithm(std::string_view text);
TokenFormat format_of(SigningAlgorithm algorithm);

/// "jwt" or "paseto".
std::string_view to_text(TokenFormat format);
std::optional<TokenFormat> parse_token_format(std::string_view text);
/// How a key of `jws` (any but v4.public) signs in a format: in PASETO "EdDSA" is v4.public, and there is nothing else.
std::optional<SigningAlgorithm> in_format(TokenFormat format, SigningAlgorithm jws);

/// "access_token" or "audit_checkpoint". Stored.
std::string_view to_text(SigningPurpose purpose);
std::optional<SigningPurpose> parse_signing_purpose(std::string_view text);

}  // namespace sallyport::crypto
