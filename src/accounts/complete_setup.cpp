#include "accounts/complete_setup.h"

#include "accounts/setup_token.h"

namespace sallyport::accounts {

core::Task<core::Result<core::AccountId>> CompleteSetupHandler::operator()(CompleteSetup command) {
  using Outcome = core::Result<core::AccountId>;
  auto open = co_await setup_.check_open();
  if (!open) co_return Outcome(core::fail(std::move(open)));
  const auto digest = SetupToken::digest_of(keyring_, command.token.reveal());
  if (!digest) co_return Outcome(core::fail(core::Fault::forbidden, "setup_token_invalid"));
  auto checked = co_await setup_.check_token(*digest, clock_.now());
  if (!checked) co_return Outcome(core::fail(std::move(checked)));

  auto fresh = co_await prepare_(std::move(command.administrator), command.network);
  if (!fresh) co_return Outcome(core::fail(std::move(fresh)));
  const auto id = fresh->id;
  auto created = co_await setup_.create_first_administrator({*digest, std::move(*fresh)});
  if (!created) co_return Outcome(core::fail(std::move(created)));
  co_return id;
}

}  // namespace sallyport::accounts
