#include "verification/change_address.h"

#include "accounts/taken_address.h"

namespace sallyport::verification {

core::Task<core::Result<accounts::StartedFlow>> ChangeAddressHandler::operator()(ChangeAddress command) {
  using Outcome = core::Result<accounts::StartedFlow>;
  auto proven =
      co_await own_password_.prove(command.view, std::move(command.password).take(), std::move(command.client));
  if (!proven) co_return Outcome(core::fail(std::move(proven)));
  auto owner = co_await directory_.find(command.email.key());
  if (!owner && owner.error().fault != core::Fault::not_found) co_return Outcome(core::fail(std::move(owner)));

  const auto now = clock_.now();
  const auto& account = command.view->account;
  auto begun = flows_.begin({.kind = flows::FlowKind::change_of_address,
                             .mail = mail::MailKind::confirm_address,
                             .page = accounts::verification_page,
                             .valid_for = valid_for_},
                            {.account = account.id,
                             .locale = account.locale,
                             .address = std::move(command.email),
                             .credential_version = proven->credential_version,
                             .letter = {.name = account.display_name}},
                            now);
  auto if_taken = accounts::taken_address(begun.flow, account.id, owner ? &*owner : nullptr, desk_);
  auto asked = co_await store_.ask_change({.session = command.view->session.id,
                                           .credential_version = proven->credential_version,
                                           .flow = std::move(begun.flow),
                                           .mail = std::move(begun.mail),
                                           .if_taken = std::move(if_taken)});
  if (!asked) co_return Outcome(core::fail(std::move(asked)));
  co_return std::move(begun.started);
}

}  // namespace sallyport::verification
