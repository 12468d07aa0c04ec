#pragma once

#include "accounts/account_store.h"
#include "accounts/password.h"
#include "mail/mail_desk.h"
#include "sessions/own_password.h"

namespace sallyport::accounts {

struct DeleteOwnAccount {
  sessions::SharedView view;
  std::optional<Password> current;  ///< needed unless the session's authentication is fresh
  sessions::Client client;
};

/// Deletes one's own account: it signs in nowhere from then on, its address is free, and its owner hears of it by mail.
/// It can be restored for a while, and is erased for good after that (erase_deleted.h).
class DeleteAccountHandler {
 public:
  DeleteAccountHandler(sessions::OwnPassword& own_password, AccountStore& accounts, sessions::SessionCache& cache,
                       const mail::MailDesk& mail_desk, const core::Clock& clock, std::chrono::seconds restore_window)
      : own_password_(own_password),
        accounts_(accounts),
        cache_(cache),
        mail_desk_(mail_desk),
        clock_(clock),
        restore_window_(restore_window) {}

  /// Fails with `forbidden` / "fresh_authentication_required" without a password and a fresh authentication;
  /// as `OwnPassword::prove` does about the password; with `unauthenticated` / "session_expired" if the session ended
  /// meanwhile, `conflict` / "last_administrator", and as the ports fail.
  core::Task<core::Result<void>> operator()(DeleteOwnAccount command);

 private:
  sessions::OwnPassword& own_password_;
  AccountStore& accounts_;
  sessions::SessionCache& cache_;
  const mail::MailDesk& mail_desk_;
  const core::Clock& clock_;
  const std::chrono::seconds restore_window_;
};

}  // namespace sallyport::accounts
