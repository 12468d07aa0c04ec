#pragma once

#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "crypto/key_set.h"

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

/// An access token in the key's format, with the claims sub, sid, iss, aud, iat, nbf, exp, jti, role: a JWT (RFC 7515
/// §7.1) with the header `{"alg":…,"typ":"at+jwt","kid":…}`, or a PASETO v4.public with the footer `{"kid":…}`, no
/// implicit assertion and times as RFC 3339 texts. Whoever chooses issuer and audience keeps it below
/// `max_access_token_size`. Throws `std::invalid_argument` for a key of another purpose or audience.
std::string issue(const SigningKey& key, const AccessClaims& claims);

/// What the server that a token is shown to expects of it.
struct TokenExpectation {
  enum class Expiry { checked, ignored };
  std::string_view issuer, audience;
  core::Timestamp now;
  Expiry expiry = Expiry::checked;  ///< ignored where an old token may only end things, as in signing out
};

/// The claims of a token that one of the keys signed for this issuer and audience and that is valid now: from
/// `not_before` on and until just before `expires_at`, without leeway. Whether the session still lives is another
/// question. The key decides format and algorithm; the token can only agree (RFC 8725 §3.1).
///
/// Fails with `unauthenticated` and, in this order: "token_unsupported" (PASETO of another version or purpose),
/// "token_malformed", "token_type" (a JWT that is not `at+jwt`), "token_unknown_key", "token_algorithm", all of which
/// cost no public-key work, then "token_signature", "token_issuer", "token_audience", "token_not_yet_valid",
/// "token_expired".
core::Result<AccessClaims> verify_access_token(const KeySet& keys, std::string_view token,
                                               const TokenExpectation& expected);

}  // namespace sallyport::crypto
