#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/clock_cache.h"
#include "core/result.h"
#include "crypto/access_token.h"
#include "sessions/session_store.h"

namespace sallyport::sessions {

/// Issues and checks access tokens with the keys it was given. Safe to use from every thread.
class AccessTokens {
 public:
  /// `keys` newest last; the last one signs, all verify.
  AccessTokens(std::vector<crypto::SigningKey> keys, std::string issuer, std::string audience,
               std::chrono::seconds lifetime, const core::Clock& clock, core::Random& random);

  std::string issue(const SessionView& view) const;
  std::chrono::seconds lifetime() const { return lifetime_; }

  struct Verified {
    core::AccountId account;
    core::SessionId session;
    core::Timestamp expires_at;
  };
  /// Who a token speaks for; errors as `crypto::AccessTokenVerifier::verify`. A public-key check costs 100 µs, so what
  /// has been verified is remembered by the token's digest. That a token verifies does not mean that its session lives.
  core::Result<Verified> verify(std::string_view token);

  /// The public keys, as served at `/.well-known/jwks.json` (RFC 7517 §5).
  const std::string& jwks() const { return jwks_; }

 private:
  static constexpr std::size_t remembered_tokens = 65'536;
  std::vector<crypto::SigningKey> keys_;
  crypto::AccessTokenVerifier verifier_;
  const std::string issuer_, audience_;
  const std::chrono::seconds lifetime_;
  const core::Clock& clock_;
  core::Random& random_;
  std::string jwks_;
  core::ClockCache<core::Digest, Verified, core::DigestHash> verified_{remembered_tokens};
};

}  // namespace sallyport::sessions
