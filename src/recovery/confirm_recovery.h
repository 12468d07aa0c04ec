#pragma once

#include "accounts/password.h"
#include "accounts/password_policy.h"
#include "crypto/password_hasher.h"
#include "mail/mail_desk.h"
#include "recovery/recovery_store.h"
#include "sessions/client.h"
#include "sessions/session_cache.h"

namespace sallyport::recovery {

struct ConfirmRecovery {
  flows::Proof proof;
  accounts::Password password;
  sessions::Client client;
};

/// Gives an account the password that somebody chose who proves its mailbox, and signs out everybody. A wrong code is
/// counted before anything is hashed; a password against the policy uses nothing up. Fails with `invalid` /
/// "flow_invalid" for a proof that is wrong, used or expired, and where the account was changed, suspended or deleted
/// meanwhile; with `invalid` / "invalid_fields" (`password`); and as the ports fail.
class ConfirmRecoveryHandler {
 public:
  ConfirmRecoveryHandler(RecoveryStore& store, crypto::PasswordHasher& hasher, const accounts::PasswordPolicy& policy,
                         sessions::SessionCache& cache, const mail::MailDesk& desk, const crypto::Keyring& keyring,
                         const core::Clock& clock)
      : store_(store), hasher_(hasher), policy_(policy), cache_(cache), desk_(desk), keyring_(keyring), clock_(clock) {}
  core::Task<core::Result<core::AccountId>> operator()(ConfirmRecovery command);

 private:
  RecoveryStore& store_;
  crypto::PasswordHasher& hasher_;
  const accounts::PasswordPolicy& policy_;
  sessions::SessionCache& cache_;
  const mail::MailDesk& desk_;
  const crypto::Keyring& keyring_;
  const core::Clock& clock_;
};

}  // namespace sallyport::recovery
