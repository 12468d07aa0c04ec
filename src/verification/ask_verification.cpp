#include "verification/ask_verification.h"

namespace sallyport::verification {

core::Task<core::Result<accounts::StartedFlow>> AskVerificationHandler::operator()(sessions::SharedView view) {
  using Outcome = core::Result<accounts::StartedFlow>;
  const auto& account = view->account;
  if (account.is_email_verified) co_return Outcome(core::fail(core::Fault::conflict, "already_verified"));
  auto address = accounts::Email::parse(account.email);
  if (!address) co_return Outcome(core::fail(std::move(address)));
  auto begun = flows_.begin(asked_verification(valid_for_),
                            {.account = account.id,
                             .locale = account.locale,
                             .address = std::move(*address),
                             .credential_version = account.credential_version,
                             .letter = {.name = account.display_name}},
                            clock_.now());
  auto asked = co_await store_.ask_again(
      {.session = view->session.id, .flow = std::move(begun.flow), .mail = std::move(begun.mail)});
  if (!asked) co_return Outcome(core::fail(std::move(asked)));
  co_return std::move(begun.started);
}

}  // namespace sallyport::verification
