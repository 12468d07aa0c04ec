#include "accounts/set_user_password.h"

namespace sallyport::accounts {

core::Task<core::Result<Account>> SetUserPasswordHandler::operator()(SetUserPassword command) {
  using Outcome = core::Result<Account>;
  auto account = co_await directory_.find(command.account);
  if (!account) co_return account;
  const auto owner = Email::parse(account->email);
  auto wrong = policy_.violations(command.password, owner ? &*owner : nullptr, "password");
  if (!wrong.empty())
    co_return Outcome(std::unexpected(core::Error{.fault = core::Fault::invalid,
                                                  .code = "invalid_fields",
                                                  .fields = std::move(wrong),
                                                  .log_detail = "the password cannot be set"}));

  auto verifier = co_await hasher_.make_verifier(
      std::move(command.password).take(), {.network = command.network, .urgency = crypto::HashUrgency::registration});
  if (!verifier) co_return Outcome(core::fail(std::move(verifier)));
  const auto now = clock_.now();
  command.mandate.now = now;
  auto notice = mail_desk_.compose(mail::MailKind::password_changed, account->id, account->locale,
                                   {.to = account->email, .name = account->display_name, .at = now}, now);
  auto done = co_await store_.set_password({.account = command.account,
                                            .verifier = verifier->str(),
                                            .mail = std::move(notice),
                                            .mandate = std::move(command.mandate)});
  cache_.invalidate(command.account);  // after the commit, before the answer
  co_return done;
}

}  // namespace sallyport::accounts
