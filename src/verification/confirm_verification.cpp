#include "verification/confirm_verification.h"

namespace sallyport::verification {

using core::Fault;
using core::Result;
using core::Task;
using flows::FlowKind;

namespace {

bool is_living(const FoundFlow& found) {
  return found.account && found.account->status != accounts::AccountStatus::suspended;
}

/// Whether the flow was begun by whoever has the account's credentials, and they are the same still. One that a
/// stranger asked for says nothing of the sort: else whoever registers somebody's address only had to wait for them to
/// ask.
bool is_of_owner(const FoundFlow& found) {
  return found.account && found.stored.flow.credential_version == found.account->credential_version;
}

bool is_known(const Browser& browser, const FoundFlow& found) {
  const auto& flow = found.stored.flow;
  if (browser.account && found.account && *browser.account == found.account->id) return true;
  return is_of_owner(found) && browser.handle && browser.handle->id() == flow.id &&
         crypto::equal(browser.handle->digest(), flow.handle_digest);
}

}  // namespace

Task<Result<FoundFlow>> ConfirmVerificationHandler::find(flows::FlowId id) {
  using Outcome = Result<FoundFlow>;
  auto found = co_await store_.find(id);
  if (!found) co_return Outcome(core::fail(std::move(found)));
  if (!*found) co_return Outcome(flows::refused());
  const auto kind = (*found)->stored.flow.kind;
  if (kind != FlowKind::verification && kind != FlowKind::change_of_address) co_return Outcome(flows::refused());
  co_return std::move(**found);
}

Task<Result<FoundFlow>> ConfirmVerificationHandler::find_proven(flows::ProofDigests proof) {
  auto found = co_await find(proof.id);
  if (!found) co_return found;
  const auto verdict = flows::judge(found->stored, found->stored.flow.kind, proof, 0, clock_.now());
  if (verdict != flows::Verdict::proven || !is_living(*found)) co_return Result<FoundFlow>(flows::refused());
  co_return found;
}

Task<Result<LinkInQuestion>> ConfirmVerificationHandler::look(flows::LinkToken link, Browser browser) {
  auto found = co_await find_proven({.id = link.id(), .link = link.digest()});
  if (!found) co_return Result<LinkInQuestion>(core::fail(std::move(found)));
  const auto& address = found->stored.flow.address;
  co_return LinkInQuestion{.address = address ? address->text : found->account->email,
                           .is_of_change = found->stored.flow.kind == FlowKind::change_of_address,
                           .is_password_needed = !is_known(browser, *found)};
}

Task<Result<AddressConfirmed>> ConfirmVerificationHandler::operator()(ConfirmVerification command) {
  using Outcome = Result<AddressConfirmed>;
  const auto proof = flows::digests_of(command.proof, mint_.keyring());
  // A wrong code must be counted, which a write does; so only a link is looked at beforehand.
  auto found = proof.link ? co_await find_proven(proof) : co_await find(proof.id);
  if (!found) co_return Outcome(core::fail(std::move(found)));
  Confirmation confirmation{
      .kind = found->stored.flow.kind, .proof = proof, .now = {}, .origin = command.client.origin};

  // A code comes with its handle, which the write compares.
  if (!is_known(command.browser, *found) && (proof.link || !is_of_owner(*found))) {
    if (!proof.link) {
      auto checked = co_await store_.check(confirmation.kind, proof, clock_.now());
      if (!checked) co_return Outcome(core::fail(std::move(checked)));
      if (!is_living(*found)) co_return Outcome(flows::refused());
    }
    if (!command.password) co_return Outcome(core::fail(Fault::forbidden, "password_needed"));
    auto proven =
        co_await passwords_.prove(*found->account, std::move(*command.password).take(), std::move(command.client));
    if (!proven) co_return Outcome(core::fail(std::move(proven)));
    confirmation.credential_version = proven->credential_version;
  }

  const auto now = confirmation.now = clock_.now();
  std::optional<sessions::FreshSession> session;
  if (found->account) {
    const auto& account = *found->account;
    if (account.status == accounts::AccountStatus::pending) {
      session = mint_.fresh_session(account.id, std::move(command.device), confirmation.origin.ip, now);
      confirmation.session = session->session;
    }
    if (confirmation.kind == FlowKind::change_of_address && found->stored.flow.address) {
      confirmation.notice = desk_.compose(mail::MailKind::address_changed, account.id, account.locale,
                                          {.to = account.email,
                                           .name = account.display_name,
                                           .at = now,
                                           .ip = confirmation.origin.ip,
                                           .address = found->stored.flow.address->text},
                                          now);
    }
  }
  auto confirmed = co_await store_.confirm(std::move(confirmation));
  if (found->account) cache_.invalidate(found->account->id);  // after the commit, before the answer
  if (!confirmed) {
    if (confirmed.error().code == "credentials_changed")
      co_return Outcome(core::fail(Fault::forbidden, "wrong_password"));
    co_return Outcome(core::fail(std::move(confirmed)));
  }
  AddressConfirmed answer{.account = std::move(confirmed->account), .signed_in = std::nullopt};
  if (session && confirmed->has_session) answer.signed_in = mint_.signed_in(std::move(*session), answer.account);
  co_return answer;
}

Task<Result<Disowned>> ConfirmVerificationHandler::disown(flows::LinkToken link, sessions::Client client) {
  auto found = co_await find_proven({.id = link.id(), .link = link.digest()});
  if (!found) co_return Result<Disowned>(core::fail(std::move(found)));
  auto disowned = co_await store_.disown({.kind = found->stored.flow.kind,
                                          .proof = {.id = link.id(), .link = link.digest()},
                                          .now = clock_.now(),
                                          .origin = std::move(client.origin)});
  cache_.invalidate(found->account->id);  // after the commit, before the answer
  co_return disowned;
}

}  // namespace sallyport::verification
