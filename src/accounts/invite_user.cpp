#include "accounts/invite_user.h"

namespace sallyport::accounts {

core::Task<core::Result<Account>> InviteUserHandler::operator()(InviteUser command) {
  using Outcome = core::Result<Account>;
  auto account = co_await directory_.find(command.account);
  if (!account) co_return account;
  auto key = EmailKey::fold(account->email);
  if (!key) co_return Outcome(core::fail(std::move(key)));
  auto invitation = invitations_.compose(*account, *key, std::move(command.inviter), command.mandate.now);
  co_return co_await store_.invite({.account = command.account,
                                    .flow = std::move(invitation.flow),
                                    .mail = std::move(invitation.mail),
                                    .mandate = std::move(command.mandate)});
}

}  // namespace sallyport::accounts
