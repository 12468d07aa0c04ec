#pragma once

#include "accounts/account_store.h"
#include "accounts/password.h"
#include "crypto/password_hasher.h"
#include "mail/mail_desk.h"
#include "sessions/own_password.h"

namespace sallyport::accounts {

struct ChangePassword {
  sessions::SharedView view;  ///< of the session that stays
  Password current;
  Password next;  ///< as the policy wants it
  sessions::Client client;
};

/// Changes one's own password, signs out every other device, and tells the owner by mail. Gives the credential version
/// from then on, for a fresh device token: those issued before are worth nothing. Fails as `OwnPassword::prove`
/// does about the current one; with `conflict` / "verifier_changed" if another change of the same session came first,
/// `unauthenticated` / "session_expired" if the session ended meanwhile, as it does when another one changes the
/// password; and as the ports fail.
class ChangePasswordHandler {
 public:
  ChangePasswordHandler(sessions::OwnPassword& own_password, AccountStore& accounts, crypto::PasswordHasher& hasher,
                        sessions::SessionCache& cache, const mail::MailDesk& mail_desk, const core::Clock& clock)
      : own_password_(own_password),
        accounts_(accounts),
        hasher_(hasher),
        cache_(cache),
        mail_desk_(mail_desk),
        clock_(clock) {}
  core::Task<core::Result<std::int64_t>> operator()(ChangePassword command);

 private:
  core::Task<core::Result<void>> write(PasswordChange change, std::int64_t proven_version);

  sessions::OwnPassword& own_password_;
  AccountStore& accounts_;
  crypto::PasswordHasher& hasher_;
  sessions::SessionCache& cache_;
  const mail::MailDesk& mail_desk_;
  const core::Clock& clock_;
};

}  // namespace sallyport::accounts
