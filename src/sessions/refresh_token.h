#pragma once

#include "core/ids.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "crypto/keyring.h"
#include "sessions/session_store.h"

namespace sallyport::sessions {

/// A refresh token: `spr_` and base64url of version, key version, session, generation, secret and a MAC tag over all of
/// it. The tag tells a token of ours from noise without a look at the store, and an old one of ours from a forgery.
class RefreshToken {
 public:
  /// The first of a session, generation 1.
  static RefreshToken first(const crypto::Keyring& keyring, core::SessionId session, core::Random& random);
  /// `unauthenticated` / "refresh_token_invalid" unless the tag is right.
  static core::Result<RefreshToken> parse(const crypto::Keyring& keyring, std::string_view text);

  /// The one token that follows this one for that nonce: the same question gets the same answer, and nobody without
  /// this token can ask.
  RefreshToken successor(const crypto::Keyring& keyring, const RefreshNonce& nonce) const;

  core::SessionId session() const { return session_; }
  std::int64_t generation() const { return generation_; }
  core::Digest digest() const;  ///< what the store keeps
  core::Secret text() const;

 private:
  RefreshToken(core::SessionId session, std::int64_t generation, core::Secret bytes)
      : session_(session), generation_(generation), bytes_(std::move(bytes)) {}
  static RefreshToken make(const crypto::Keyring& keyring, core::SessionId session, std::int64_t generation,
                           core::ByteView secret);

  core::SessionId session_;
  std::int64_t generation_;
  core::Secret bytes_;  ///< all of the token, binary
};

}  // namespace sallyport::sessions
