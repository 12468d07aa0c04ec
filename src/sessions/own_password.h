#pragma once

#include "accounts/account_store.h"
#include "accounts/password.h"
#include "crypto/password_hasher.h"
#include "sessions/client.h"
#include "sessions/password_guesses.h"
#include "sessions/session_cache.h"

namespace sallyport::sessions {

/// What was found right, for the write that follows to check again.
struct ProvenPassword {
  std::string verifier;
  std::int64_t credential_version;
};

/// Checks the password of an account that is known already. Wrong ones are limited as at sign-in.
class OwnPassword {
 public:
  OwnPassword(accounts::AccountStore& accounts, throttle::AttemptStore& attempts, crypto::PasswordHasher& hasher,
              const TokenMint& mint, const core::Clock& clock)
      : accounts_(accounts), hasher_(hasher), guesses_(attempts, mint, clock) {}

  /// Of somebody who is signed in: guesses count by session. Fails with `forbidden` / "wrong_password"; `throttled` /
  /// "locked" with `retry_after`; `unauthenticated` / "session_expired" if the account is gone; and as the ports fail.
  core::Task<core::Result<ProvenPassword>> prove(SharedView view, core::Secret password, Client client);
  /// Of somebody who is not: guesses are those at the account's name. Fails in the same ways.
  core::Task<core::Result<ProvenPassword>> prove(accounts::Account account, core::Secret password, Client client);

 private:
  core::Task<core::Result<ProvenPassword>> prove(throttle::Attempt attempt, core::AccountId account,
                                                 core::Secret password, Client client);
  core::Task<core::Result<ProvenPassword>> check(core::AccountId account, core::Secret password, Client client);

  accounts::AccountStore& accounts_;
  crypto::PasswordHasher& hasher_;
  PasswordGuesses guesses_;
};

}  // namespace sallyport::sessions
