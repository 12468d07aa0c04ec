#pragma once

#include "accounts/account_store.h"
#include "accounts/password.h"
#include "crypto/password_hasher.h"
#include "mail/mail_desk.h"
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
  std::optional<DeviceToken> device_token{};
};

/// Proves who somebody is by password and opens a session. Reserves a guess before anything is hashed, does the same
/// work whether or not there is such an account, and tells nothing but the outcome. A device that signed in to this
/// account before, under the password it has now, has guesses of its own; the owner is told of any other by mail, and
/// of a lock once a day at most.
///
/// Fails with `unauthenticated` / "invalid_credentials"; `throttled` / "locked" with `retry_after`; `forbidden` /
/// "account_suspended" or "account_pending", only after the password was right; `unavailable` / "overloaded"; and as
/// the ports fail.
class SignInHandler {
 public:
  /// `new_devices` makes the mails that tell of them, `locks` those others; without them nobody gets any.
  SignInHandler(accounts::AccountStore& accounts, SessionStore& sessions, throttle::AttemptStore& attempts,
                crypto::PasswordHasher& hasher, SessionCache& cache, const TokenMint& mint, const core::Clock& clock,
                const mail::MailDesk* new_devices = nullptr, const mail::MailDesk* locks = nullptr);
  core::Task<core::Result<SignedIn>> operator()(SignIn command);

 private:
  enum class Known { no, yes };
  /// Whether the device's token is of the account that the name has now, under its present password.
  core::Task<core::Result<Known>> knows_device(const SignIn& command);
  core::Task<core::Result<SignedIn>> check_and_open(SignIn command, throttle::Attempt attempt, Known device,
                                                    std::optional<FailedSignIn>& failure);
  FailedSignIn failed(const SignIn& command, throttle::Attempt attempt,
                      const core::Result<accounts::SignInRecord>& record) const;
  core::Task<core::Result<void>> count(FailedSignIn failure);
  std::optional<mail::NewMail> notice_of_new_device(const accounts::SignInRecord& record, const SignIn& command,
                                                    core::Timestamp now) const;
  core::Task<core::Result<void>> refresh_verifier(core::AccountId account, core::Secret password, std::string previous,
                                                  std::uint64_t network);

  accounts::AccountStore& accounts_;
  SessionStore& sessions_;
  crypto::PasswordHasher& hasher_;
  SessionCache& cache_;
  const TokenMint& mint_;
  const core::Clock& clock_;
  PasswordGuesses guesses_;
  const mail::MailDesk* const new_devices_;
  const mail::MailDesk* const locks_;
};

}  // namespace sallyport::sessions
