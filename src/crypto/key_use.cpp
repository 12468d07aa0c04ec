#include "crypto/key_use.h"

#include <utility>

namespace sallyport::crypto {

bool KeyUse::is_possible() const {
  return audience.find('\0') == std::string::npos && (algorithm != SigningAlgorithm::hs256 || !audience.empty());
}

std::string_view to_text(SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::eddsa:
      return "EdDSA";
    case SigningAlgorithm::es256:
      return "ES256";
    case SigningAlgorithm::rs256:
      return "RS256";
    case SigningAlgorithm::hs256:
      return "HS256";
    case SigningAlgorithm::v4_public:
      return "v4.public";
  }
  std::unreachable();
}

std::optional<SigningAlgorithm> parse_signing_algorithm(std::string_view text) {
  using enum SigningAlgorithm;
  for (const auto algorithm : {eddsa, es256, rs256, hs256, v4_public})
    if (text == to_text(algorithm)) return algorithm;
  return std::nullopt;
}

TokenFormat format_of(SigningAlgorithm algorithm) {
  return algorithm == SigningAlgorithm::v4_public ? TokenFormat::paseto : TokenFormat::jwt;
}

std::string_view to_text(TokenFormat format) { return format == TokenFormat::paseto ? "paseto" : "jwt"; }

std::optional<TokenFormat> parse_token_format(std::string_view text) {
  for (const auto format : {TokenFormat::jwt, TokenFormat::paseto})
    if (text == to_text(format)) return format;
  return std::nullopt;
}

std::optional<SigningAlgorithm> in_format(TokenFormat format, SigningAlgorithm jws) {
  if (format == TokenFormat::jwt) return jws;
  return jws == SigningAlgorithm::eddsa ? std::optional(SigningAlgorithm::v4_public) : std::nullopt;
}

std::string_view to_text(SigningPurpose purpose) {
  switch (purpose) {
    case SigningPurpose::access_token:
      return "access_token";
    case SigningPurpose::audit_checkpoint:
      return "audit_checkpoint";
  }
  std::unreachable();
}

std::optional<SigningPurpose> parse_signing_purpose(std::string_view text) {
  for (const auto purpose : signing_purposes)
    if (text == to_text(purpose)) return purpose;
  return std::nullopt;
}

}  // namespace sallyport::crypto
