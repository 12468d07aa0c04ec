#pragma once

#include "accounts/account_store.h"
#include "accounts/password.h"
#include "crypto/password_hasher.h"
#include "sessions/client.h"
#include "sessions/password_guesses.h"
#include "sessions/session_cache.h"
#include "sessions/tokens.h"

namespace sallyport::sessions {

struct SignIn {
  accounts::Email email;
  accounts::Password password;
  Device device;
  Client client;
};

/// Proves who somebody is by password and opens a session. Reserves a guess before anything is hashed, does the same
/// work whether or not there is such an account, and tells nothing but the outcome.
///
/// Fails with `unauthenticated` / "invalid_credentials"; `throttled` / "locked" with `retry_after`; `forbidden` /
/// "account_suspended" or "account_pending", only after the password was right; `unavailable` / "overloaded"; and as
/// the ports fail.
class SignInHandler {
 public:
  SignInHandler(accounts::AccountStore& accounts, SessionStore& sessions, throttle::AttemptStore& attempts,
                crypto::PasswordHasher& hasher, SessionCache& cache, const TokenMint& mint, const core::Clock& clock);
  core::Task<core::Result<SignedIn>> operator()(SignIn command);

 private:
  core::Task<core::Result<SignedIn>> check_and_open(SignIn command, throttle::Attempt attempt, bool& is_wrong);
  core::Task<core::Result<void>> refresh_verifier(core::AccountId account, core::Secret password, std::string previous,
                                                  std::uint64_t network);

  accounts::AccountStore& accounts_;
  SessionStore& sessions_;
  crypto::PasswordHasher& hasher_;
  SessionCache& cache_;
  const TokenMint& mint_;
  const core::Clock& clock_;
  PasswordGuesses guesses_;
};

}  // namespace sallyport::sessions
