#include "accounts/create_user.h"

namespace sallyport::accounts {
namespace {

/// What an invitation says of the account that is about to be.
Account to_be(const NewUser& fresh) {
  Account account{.id = fresh.id, .email = std::string(fresh.email.str())};
  if (fresh.display_name) account.display_name = fresh.display_name->str();
  if (fresh.locale) account.locale = fresh.locale->str();
  return account;
}

}  // namespace

core::Task<core::Result<Account>> CreateUserHandler::operator()(CreateUser command) {
  std::optional<std::string> verifier;
  if (command.password) {
    auto made =
        co_await hasher_.make_verifier(std::move(*command.password).take(),
                                       {.network = command.network, .urgency = crypto::HashUrgency::registration});
    if (!made) co_return core::Result<Account>(core::fail(std::move(made)));
    verifier = made->str();
  }
  const auto now = clock_.now();
  command.mandate.now = now;
  NewUser fresh{.id = core::AccountId::fresh(now, random_),
                .email = std::move(command.email),
                .display_name = std::move(command.display_name),
                .locale = std::move(command.locale),
                .time_zone = std::move(command.time_zone),
                .phone = std::move(command.phone),
                .role = command.role,
                .verifier = std::move(verifier),
                .mandate = std::move(command.mandate)};
  if (!fresh.verifier) {
    auto invitation = invitations_.compose(to_be(fresh), fresh.email.key(), std::move(command.inviter), now);
    fresh.invitation = std::move(invitation.flow);
    fresh.mail = std::move(invitation.mail);
  }
  co_return co_await store_.create_user(std::move(fresh));
}

}  // namespace sallyport::accounts
