#include "adapters/memory/stores.h"

namespace sallyport::memory {

using accounts::AccountStatus;
using core::Result;
using core::Task;
using recovery::Recoverable;

namespace {

constexpr auto kind = flows::FlowKind::recovery;

std::optional<Recoverable> find_recoverable(const MemoryState& state, std::string_view address_key) {
  const auto key = accounts::EmailKey::fold(address_key);
  const auto id = key ? state.accounts_by_email.find(*key) : state.accounts_by_email.end();
  if (id == state.accounts_by_email.end()) return std::nullopt;
  const auto& account = state.accounts.at(id->second).account;
  if (account.status != AccountStatus::active && account.status != AccountStatus::pending) return std::nullopt;
  return Recoverable{.account = account.id,
                     .email = accounts::Email::parse(account.email).value(),
                     .display_name = account.display_name,
                     .locale = account.locale,
                     .is_email_verified = account.is_email_verified,
                     .credential_version = account.credential_version};
}

/// The account of a proven flow, unless its address or credentials have changed or it may not be recovered any more.
std::optional<Recoverable> find_proven(MemoryState& state, const flows::ProofDigests& proof, core::Timestamp now) {
  const auto* const found = state.check_proof(kind, proof, now);
  if (found == nullptr || !found->flow.account || !found->flow.address) return std::nullopt;
  auto owner = find_recoverable(state, found->flow.address->key);
  const bool is_same =
      owner && owner->account == *found->flow.account && owner->credential_version == found->flow.credential_version;
  return is_same ? std::move(owner) : std::nullopt;
}

}  // namespace

Task<Result<std::optional<Recoverable>>> MemoryRecoveryStore::check(flows::ProofDigests proof, core::Timestamp now) {
  using Found = std::optional<Recoverable>;
  return store_.run<Found>(
      [proof = std::move(proof), now](MemoryState& state) -> Result<Found> { return find_proven(state, proof, now); });
}

Task<Result<core::AccountId>> MemoryRecoveryStore::recover(recovery::Recovery recovery) {
  return store_.run<core::AccountId>([asked = std::move(recovery)](MemoryState& state) -> Result<core::AccountId> {
    const auto owner = find_proven(state, asked.proof, asked.now);
    if (!owner) return flows::refused();
    auto& stored = state.accounts.at(owner->account);
    auto& account = stored.account;
    stored.verifier = asked.verifier;
    stored.verifier_stored_at = asked.now;
    account.has_password = true;
    if (!account.is_email_verified) {
      account.display_name.reset();
      account.locale.reset();
      account.time_zone.reset();
    }
    account.is_email_verified = true;
    account.status = AccountStatus::active;
    ++account.credential_version;
    account.updated_at = asked.now;
    for (const auto& id : state.sessions_of(owner->account)) state.erase_session(id);
    if (const auto attempts = state.attempts.find(asked.name); attempts != state.attempts.end())
      attempts->second.counter = {};
    std::erase_if(state.flow_rows, [&](const auto& entry) { return entry.second.flow.account == owner->account; });
    state.insert_mail(asked.notice);
    state.invalidate(sessions::Invalidation::Kind::account, owner->account.uuid(), asked.now);
    state.append_audit({.event = audit::Event::password_recovered,
                        .at = asked.now,
                        .account = owner->account,
                        .session = std::nullopt,
                        .origin = asked.origin});
    return owner->account;
  });
}

}  // namespace sallyport::memory
