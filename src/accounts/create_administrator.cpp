#include "accounts/create_administrator.h"

namespace sallyport::accounts {

core::Task<core::Result<core::AccountId>> CreateAdministratorHandler::operator()(CreateAdministrator command) {
  using Outcome = core::Result<core::AccountId>;
  auto fresh = co_await prepare_(std::move(command), 0);
  if (!fresh) co_return Outcome(core::fail(std::move(fresh)));
  const auto id = fresh->id;
  auto created = co_await accounts_.create_administrator(std::move(*fresh));
  if (!created) co_return Outcome(core::fail(std::move(created)));
  co_return id;
}

}  // namespace sallyport::accounts
