#include "accounts/change_password.h"

namespace sallyport::accounts {

using core::Result;
using core::Task;

Task<Result<std::int64_t>> ChangePasswordHandler::operator()(ChangePassword command) {
  using Outcome = Result<std::int64_t>;
  auto proven = co_await own_password_.prove(command.view, std::move(command.current).take(), command.client);
  if (!proven) co_return Outcome(core::fail(std::move(proven)));
  auto next = co_await hasher_.make_verifier(
      std::move(command.next).take(), {.network = command.client.network, .urgency = crypto::HashUrgency::sign_in});
  if (!next) co_return Outcome(core::fail(std::move(next)));
  const auto now = clock_.now();
  const auto& account = command.view->account;
  auto notice = mail_desk_.compose(
      mail::MailKind::password_changed, account.id, account.locale,
      {.to = account.email, .name = account.display_name, .at = now, .ip = command.client.origin.ip}, now);
  auto changed = co_await write({.account = account.id,
                                 .session = command.view->session.id,
                                 .previous = std::move(proven->verifier),
                                 .next = next->str(),
                                 .mail = std::move(notice),
                                 .now = now,
                                 .origin = std::move(command.client.origin)},
                                proven->credential_version);
  cache_.invalidate(account.id);  // after the commit, before the answer
  if (!changed) co_return Outcome(core::fail(std::move(changed)));
  co_return proven->credential_version + 1;  // the write replaced the very verifier that was proven under it
}

Task<Result<void>> ChangePasswordHandler::write(PasswordChange change, std::int64_t proven_version) {
  auto changed = co_await accounts_.change_password(change);
  if (changed || changed.error().code != "verifier_changed") co_return changed;
  // A sign-in may have made a new verifier of the very password that was proven: the version tells that from a change.
  auto record = co_await accounts_.find_sign_in(change.account);
  if (!record || record->credential_version != proven_version) co_return changed;
  change.previous = std::move(record->verifier);
  co_return co_await accounts_.change_password(std::move(change));
}

}  // namespace sallyport::accounts
