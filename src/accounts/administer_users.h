#pragma once

#include "accounts/account_directory.h"
#include "accounts/administration_store.h"
#include "mail/mail_desk.h"
#include "sessions/session_cache.h"

namespace sallyport::accounts {

/// What administrators do with one account by a single write. Each fails as the store's operation of that name; when it
/// has succeeded, nothing of the account that was cached here is believed any more.
class AdministerUsersHandler {
 public:
  AdministerUsersHandler(AccountDirectory& directory, AdministrationStore& store, sessions::SessionCache& cache,
                         const mail::MailDesk& mail_desk, std::chrono::seconds restore_window)
      : directory_(directory), store_(store), cache_(cache), mail_desk_(mail_desk), restore_window_(restore_window) {}

  /// Another address is told to the owner at the one before, unless it never was more than where an invitation went.
  core::Task<core::Result<Account>> update(UserChange change);
  /// The owner hears of it by mail, unless nobody ever was one.
  core::Task<core::Result<Account>> remove(core::AccountId account, Mandate mandate);
  core::Task<core::Result<Account>> restore(core::AccountId account, Mandate mandate);
  core::Task<core::Result<std::int64_t>> end_sessions(core::AccountId account, Mandate mandate);

 private:
  template <class T>
  core::Task<core::Result<T>> done(core::AccountId account, core::Task<core::Result<T>> write);

  AccountDirectory& directory_;
  AdministrationStore& store_;
  sessions::SessionCache& cache_;
  const mail::MailDesk& mail_desk_;
  const std::chrono::seconds restore_window_;
};

}  // namespace sallyport::accounts
