#include "accounts/administer_users.h"

#include "accounts/deletion_notice.h"

namespace sallyport::accounts {

using core::Result;
using core::Task;

template <class T>
Task<Result<T>> AdministerUsersHandler::done(core::AccountId account, Task<Result<T>> write) {
  auto written = co_await std::move(write);
  cache_.invalidate(account);  // after the commit, before the answer
  co_return written;
}

Task<Result<Account>> AdministerUsersHandler::update(UserChange change) {
  const auto id = change.account;
  if (change.email) {
    auto account = co_await directory_.find(id);
    if (!account) co_return account;
    const auto now = change.mandate.now;
    if (account->has_password)
      change.notice = mail_desk_.compose(
          mail::MailKind::address_changed, id, account->locale,
          {.to = account->email, .name = account->display_name, .at = now, .address = std::string(change.email->str())},
          now);
  }
  co_return co_await done(id, store_.update_user(std::move(change)));
}

Task<Result<Account>> AdministerUsersHandler::remove(core::AccountId id, Mandate mandate) {
  auto account = co_await directory_.find(id);
  if (!account) co_return account;
  std::optional<mail::NewMail> notice;
  if (account->has_password) notice = deletion_notice(mail_desk_, *account, restore_window_, mandate.now, std::nullopt);
  co_return co_await done(id, store_.remove_user(id, std::move(mandate), std::move(notice)));
}

Task<Result<Account>> AdministerUsersHandler::restore(core::AccountId account, Mandate mandate) {
  return done(account, store_.restore_user(account, std::move(mandate)));
}

Task<Result<std::int64_t>> AdministerUsersHandler::end_sessions(core::AccountId account, Mandate mandate) {
  return done(account, store_.end_sessions(account, std::move(mandate)));
}

}  // namespace sallyport::accounts
