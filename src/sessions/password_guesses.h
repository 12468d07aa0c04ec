#pragma once

#include "accounts/email.h"
#include "core/secret.h"
#include "sessions/device_token.h"
#include "sessions/tokens.h"
#include "throttle/attempt_store.h"

namespace sallyport::sessions {

/// What the wrong passwords of a name are counted by.
throttle::AttemptKey name_key(const crypto::Keyring& keyring, const accounts::EmailKey& name);

/// The few wrong passwords that may be tried (design.md 8). A guess is reserved before its password is hashed, and
/// settled once that is found right or wrong. Who knows nothing guesses at a name, account or not; whose device has
/// signed in before guesses on that device, so that strangers who guess at the name cannot lock its owner out, and
/// neither gives the other new guesses; who is signed in
/// guesses on their session's account, so that a stranger who has locked the name cannot keep its owner from changing
/// the password, and whoever took a session cannot lock its owner out.
class PasswordGuesses {
 public:
  PasswordGuesses(throttle::AttemptStore& attempts, const TokenMint& mint, const core::Clock& clock);

  throttle::Attempt at_name(const accounts::EmailKey& name, const core::Secret& password) const;
  throttle::Attempt at_device(const DeviceToken& device, const core::Secret& password) const;
  throttle::Attempt in_session(core::SessionId session, const core::Secret& password) const;

  /// What a name is told of its locks is remembered by.
  throttle::AttemptKey notice_key(const accounts::EmailKey& name) const;
  /// For what must still be written when the client is gone or its time is over.
  static constexpr std::chrono::seconds settling_time{10};

  /// Waits while undecided guesses use up what is left. `throttled` / "locked" with `retry_after`, and as the store
  /// fails.
  core::Task<core::Result<void>> reserve(throttle::Attempt attempt);
  /// A wrong password counts; what was shed, cancelled or overtaken never does. Done also when the client is gone:
  /// shielded from the interruption that may have brought the caller here. Fails as the store fails.
  core::Task<core::Result<void>> settle(throttle::Attempt attempt, throttle::Verdict verdict);

 private:
  throttle::Attempt attempt(core::ByteView subject, const core::Secret& password) const;
  core::Task<core::Result<void>> write(throttle::Attempt attempt, throttle::Verdict verdict);

  throttle::AttemptStore& attempts_;
  const core::Clock& clock_;
  const crypto::HmacKey& key_;       ///< of the keyring: the same in every process
  const crypto::HmacKey print_key_;  ///< of this process alone: no print outlives it
};

}  // namespace sallyport::sessions
