#pragma once

#include "core/random.h"
#include "crypto/keyring.h"
#include "sessions/access_tokens.h"
#include "sessions/countries.h"
#include "sessions/device_token.h"
#include "sessions/refresh_token.h"
#include "sessions/session_token.h"

namespace sallyport::sessions {

/// What a client holds after signing in.
struct SignedIn {
  SessionView view;
  std::string access_token;
  std::chrono::seconds access_token_lifetime;
  core::Secret refresh_token;
  core::Secret session_token;  ///< for the cookie
  core::Secret device_token;   ///< for the other one
};

/// A session about to be made, with the tokens that only its client will have.
struct FreshSession {
  NewSession session;
  core::Secret refresh_token;
  core::Secret session_token;
};

/// Makes sessions and their tokens.
class TokenMint {
 public:
  /// Without `countries` no session has one.
  TokenMint(const crypto::Keyring& keyring, AccessTokens& access_tokens, Lifetimes lifetimes, core::Random& random,
            const Countries* countries = nullptr)
      : keyring_(keyring),
        access_tokens_(access_tokens),
        lifetimes_(lifetimes),
        random_(random),
        countries_(countries) {}

  /// A device without an id gets a fresh random one.
  FreshSession fresh_session(core::AccountId account, Device device, std::string ip, core::Timestamp now) const;
  /// The answer for a session that has been stored.
  SignedIn signed_in(FreshSession fresh, accounts::Account account) const;

  const crypto::Keyring& keyring() const { return keyring_; }
  const AccessTokens& access_tokens() const { return access_tokens_; }
  const Lifetimes& lifetimes() const { return lifetimes_; }
  core::Random& random() const { return random_; }

 private:
  const crypto::Keyring& keyring_;
  AccessTokens& access_tokens_;
  const Lifetimes lifetimes_;
  core::Random& random_;
  const Countries* const countries_;
};

}  // namespace sallyport::sessions
