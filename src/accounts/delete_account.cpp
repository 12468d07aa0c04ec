#include "accounts/delete_account.h"

#include "sessions/fresh_authentication.h"

namespace sallyport::accounts {

using core::Result;
using core::Task;

Task<Result<void>> DeleteAccountHandler::operator()(DeleteOwnAccount command) {
  using Outcome = Result<void>;
  if (command.current) {
    auto proven = co_await own_password_.prove(command.view, std::move(*command.current).take(), command.client);
    if (!proven) co_return Outcome(core::fail(std::move(proven)));
  } else {
    auto fresh = sessions::require_fresh(*command.view, clock_.now());
    if (!fresh) co_return fresh;
  }
  auto ip = command.client.origin.ip;
  auto deleted =
      co_await remove(command.view->account, command.view->session.id, std::move(command.client.origin), std::move(ip));
  if (!deleted) co_return Outcome(core::fail(std::move(deleted)));
  co_return Outcome();
}

Task<Result<Account>> DeleteAccountHandler::operator()(Account account, audit::Origin origin) {
  return remove(std::move(account), std::nullopt, std::move(origin), std::nullopt);
}

Task<Result<Account>> DeleteAccountHandler::remove(Account account, std::optional<core::SessionId> session,
                                                   audit::Origin origin, std::optional<std::string> shown_ip) {
  const auto now = clock_.now();
  const auto id = account.id;
  auto window = restore_window_.count() > 0 ? std::optional(restore_window_) : std::nullopt;
  auto notice = mail_desk_.compose(
      mail::MailKind::account_deleted, id, account.locale,
      {.to = account.email, .name = account.display_name, .valid_for = window, .at = now, .ip = std::move(shown_ip)},
      now);
  auto deleted = co_await accounts_.delete_account(
      {.account = id, .session = session, .mail = std::move(notice), .now = now, .origin = std::move(origin)});
  cache_.invalidate(id);  // after the commit, before the answer
  co_return deleted;
}

}  // namespace sallyport::accounts
