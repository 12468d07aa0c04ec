#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "crypto/signing_key.h"

namespace sallyport::crypto {

/// What an access token says (RFC 9068 §2.2, RFC 7519 §4.1). Texts are UTF-8; times are cut to whole seconds when
/// signed.
struct AccessClaims {
  core::AccountId subject;
  core::SessionId session;
  std::string issuer, audience, token_id, role;
  core::Timestamp issued_at, not_before, expires_at;
};

/// A longer token is not looked at.
inline constexpr std::size_t max_access_token_size = 4096;

/// A signed JWT (RFC 7515 §7.1) with the header `{"alg":"EdDSA","typ":"at+jwt","kid":<the key's id>}` and the claims
/// sub, sid, iss, aud, iat, nbf, exp, jti, role. Whoever chooses issuer and audience keeps it below
/// `max_access_token_size`.
std::string issue(const SigningKey& key, const AccessClaims& claims);

/// Checks access tokens against a fixed set of public keys. Safe to use from every thread.
class AccessTokenVerifier {
 public:
  struct Expectation {
    std::string_view issuer, audience;
    core::Timestamp now;
  };

  explicit AccessTokenVerifier(std::vector<VerifyingKey> keys) : keys_(std::move(keys)) {}

  /// The claims of a token that one of the keys signed for this issuer and audience and that is valid now: from
  /// `not_before` on and until just before `expires_at`, without leeway. Whether the session still lives is another
  /// question. The key decides the algorithm; the token can only agree (RFC 8725 §3.1).
  ///
  /// Fails with `unauthenticated` and, in this order: "token_malformed", "token_type" (not `at+jwt`),
  /// "token_unknown_key", "token_algorithm", all of which cost no public-key work, then "token_signature",
  /// "token_issuer", "token_audience", "token_not_yet_valid", "token_expired".
  core::Result<AccessClaims> verify(std::string_view token, const Expectation& expected) const;

 private:
  std::vector<VerifyingKey> keys_;
};

}  // namespace sallyport::crypto
