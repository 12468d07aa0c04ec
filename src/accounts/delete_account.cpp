#include "accounts/delete_account.h"

#include "accounts/deletion_notice.h"
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
  const auto now = clock_.now();
  const auto& [session, account] = *command.view;
  auto notice = deletion_notice(mail_desk_, account, restore_window_, now, command.client.origin.ip);
  auto deleted = co_await accounts_.delete_account({.account = account.id,
                                                    .session = session.id,
                                                    .mail = std::move(notice),
                                                    .now = now,
                                                    .origin = std::move(command.client.origin)});
  cache_.invalidate(account.id);  // after the commit, before the answer
  if (!deleted) co_return Outcome(core::fail(std::move(deleted)));
  co_return Outcome();
}

}  // namespace sallyport::accounts
