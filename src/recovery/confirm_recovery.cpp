#include "recovery/confirm_recovery.h"

#include "sessions/password_guesses.h"

namespace sallyport::recovery {

using core::Result;
using core::Task;

Task<Result<core::AccountId>> ConfirmRecoveryHandler::operator()(ConfirmRecovery command) {
  using Outcome = Result<core::AccountId>;
  const auto proof = flows::digests_of(command.proof, keyring_);
  auto checked = co_await store_.check(proof, clock_.now());
  if (!checked) co_return Outcome(core::fail(std::move(checked)));
  if (!*checked) co_return Outcome(flows::refused());
  const auto& owner = **checked;
  auto violations = policy_.violations(command.password, &owner.email, "password");
  if (!violations.empty()) {
    co_return Outcome(std::unexpected(
        core::Error{.fault = core::Fault::invalid, .code = "invalid_fields", .fields = std::move(violations)}));
  }
  auto verifier = co_await hasher_.make_verifier(
      std::move(command.password).take(), {.network = command.client.network, .urgency = crypto::HashUrgency::sign_in});
  if (!verifier) co_return Outcome(core::fail(std::move(verifier)));
  const auto now = clock_.now();
  auto notice = desk_.compose(mail::MailKind::password_changed, owner.account, owner.locale,
                              {.to = std::string(owner.email.str()),
                               .name = owner.is_email_verified ? owner.display_name : std::nullopt,
                               .at = now,
                               .ip = command.client.origin.ip},
                              now);
  auto recovered = co_await store_.recover({.proof = proof,
                                            .verifier = verifier->str(),
                                            .name = sessions::name_key(keyring_, owner.email.key()),
                                            .notice = std::move(notice),
                                            .now = now,
                                            .origin = std::move(command.client.origin)});
  cache_.invalidate(owner.account);  // after the commit, before the answer
  co_return recovered;
}

}  // namespace sallyport::recovery
