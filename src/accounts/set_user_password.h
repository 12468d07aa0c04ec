#pragma once

#include "accounts/account_directory.h"
#include "accounts/administration_store.h"
#include "accounts/password.h"
#include "accounts/password_policy.h"
#include "crypto/password_hasher.h"
#include "mail/mail_desk.h"
#include "sessions/session_cache.h"

namespace sallyport::accounts {

struct SetUserPassword {
  core::AccountId account;
  Password password;
  Mandate mandate;            ///< its time is that of the write
  std::uint64_t network = 0;  ///< as `crypto::HashRequester`'s; 0 is the operator's
};

/// Sets somebody's password, signs them out everywhere, and tells them by mail. Fails with `not_found` /
/// "account_not_found", `invalid` / "invalid_fields" about `password` where the policy refuses it, as the hasher does,
/// and as `AdministrationStore::set_password`.
class SetUserPasswordHandler {
 public:
  SetUserPasswordHandler(AccountDirectory& directory, AdministrationStore& store, crypto::PasswordHasher& hasher,
                         const PasswordPolicy& policy, sessions::SessionCache& cache, const mail::MailDesk& mail_desk,
                         const core::Clock& clock)
      : directory_(directory),
        store_(store),
        hasher_(hasher),
        policy_(policy),
        cache_(cache),
        mail_desk_(mail_desk),
        clock_(clock) {}
  core::Task<core::Result<Account>> operator()(SetUserPassword command);

 private:
  AccountDirectory& directory_;
  AdministrationStore& store_;
  crypto::PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  sessions::SessionCache& cache_;
  const mail::MailDesk& mail_desk_;
  const core::Clock& clock_;
};

}  // namespace sallyport::accounts
