#include <algorithm>

#include "adapters/memory/stores.h"
#include "flows/mail_limits.h"

namespace sallyport::memory {

using accounts::AccountStatus;
using core::Fault;
using core::Result;
using core::Task;
using flows::FlowKind;
using verification::Confirmation;
using verification::Confirmed;
using verification::Disowned;

namespace {

StoredAccount* find_living(MemoryState& state, const flows::StoredFlow& stored) {
  if (!stored.flow.account) return nullptr;
  const auto found = state.accounts.find(*stored.flow.account);
  if (found == state.accounts.end()) return nullptr;
  const auto& account = found->second.account;
  // Whoever changes the password stops a change of address that the one before was given for.
  const bool is_as_it_was =
      stored.flow.kind != FlowKind::change_of_address || stored.flow.credential_version == account.credential_version;
  return is_as_it_was && account.status != AccountStatus::suspended ? &found->second : nullptr;
}

Result<Confirmed> verify(MemoryState& state, const flows::NewFlow& flow, StoredAccount& stored,
                         const Confirmation& asked) {
  auto& account = stored.account;
  if (!flow.address || flow.address->key != stored.key.str()) return flows::refused();
  const bool has_session = asked.session && account.status == AccountStatus::pending;
  account.is_email_verified = true;
  account.status = AccountStatus::active;
  account.updated_at = asked.now;
  state.delete_flows(account.id, FlowKind::verification);
  if (has_session) state.insert_session(*asked.session, account.credential_version);
  state.invalidate(sessions::Invalidation::Kind::account, account.id.uuid(), asked.now);
  state.append_audit({.event = audit::Event::address_verified,
                      .at = asked.now,
                      .account = account.id,
                      .session = has_session ? std::optional(asked.session->id) : std::nullopt,
                      .origin = asked.origin});
  return Confirmed{.account = account, .has_session = has_session};
}

Result<Confirmed> change_address(MemoryState& state, const flows::NewFlow& flow, StoredAccount& stored,
                                 const Confirmation& asked) {
  auto& account = stored.account;
  if (!flow.address || account.status != AccountStatus::active) return flows::refused();
  auto key = accounts::EmailKey::fold(flow.address->key);
  if (!key) return core::fail(std::move(key));
  const auto [owner, is_free] = state.accounts_by_email.try_emplace(*key, account.id);
  if (!is_free && owner->second != account.id) return core::fail(Fault::conflict, "identifier_taken");
  if (stored.key != *key) state.accounts_by_email.erase(stored.key);
  stored.key = std::move(*key);
  account.email = flow.address->text;
  account.is_email_verified = true;
  account.updated_at = asked.now;
  state.delete_flows(account.id);  // `flow` is gone
  if (asked.notice) state.insert_mail(*asked.notice);
  state.invalidate(sessions::Invalidation::Kind::account, account.id.uuid(), asked.now);
  state.append_audit({.event = audit::Event::address_changed,
                      .at = asked.now,
                      .account = account.id,
                      .session = std::nullopt,
                      .origin = asked.origin});
  return Confirmed{.account = account, .has_session = false};
}

Result<Disowned> disown_account(MemoryState& state, core::AccountId id, const verification::Disowning& asked) {
  const auto found = state.accounts.find(id);
  const auto& account = found->second.account;
  const bool is_administrator = account.role == accounts::Role::admin && account.status == AccountStatus::active;
  if (is_administrator && !state.has_other_administrator(id)) return core::fail(Fault::conflict, "last_administrator");
  for (const auto& session : state.sessions_of(id)) state.erase_session(session);
  state.accounts_by_email.erase(found->second.key);
  state.cancel_upload(id, asked.now);
  found->second.account.status = AccountStatus::deleted;
  state.deleted_accounts.emplace(id, DeletedAccount{std::move(found->second), asked.now});
  state.accounts.erase(found);
  state.delete_flows(id);
  state.invalidate(sessions::Invalidation::Kind::account, id.uuid(), asked.now);
  state.append_audit({.event = audit::Event::account_disowned,
                      .at = asked.now,
                      .account = id,
                      .session = std::nullopt,
                      .origin = asked.origin});
  return Disowned::account_deleted;
}

}  // namespace

void MemoryState::delete_flows(core::AccountId account) {
  std::erase_if(flow_rows, [&](const auto& entry) { return entry.second.flow.account == account; });
}

bool MemoryState::may_get_mail(const flows::NewFlow& flow) const {
  if (!flow.account) return false;
  const auto since = [&](std::chrono::hours time) {
    return std::ranges::count_if(flow_rows, [&](const auto& entry) {
      const auto& other = entry.second.flow;
      return other.account == flow.account && other.kind == flow.kind && other.created_at > flow.created_at - time;
    });
  };
  return since(std::chrono::hours{1}) < flows::most_mails_an_hour &&
         since(std::chrono::hours{24}) < flows::most_mails_a_day;
}

void MemoryState::tell_owner(const accounts::TakenAddress& taken, core::AccountId owner) {
  const bool is_told = taken.mail && taken.mail->account == owner && may_get_mail(taken.flow);
  insert_flow(taken.flow);
  if (is_told) insert_mail(*taken.mail);
}

Task<Result<std::optional<verification::FoundFlow>>> MemoryVerificationStore::find(flows::FlowId id) {
  using Found = std::optional<verification::FoundFlow>;
  return store_.run<Found>([id](MemoryState& state) -> Result<Found> {
    const auto stored = state.flow_rows.find(id);
    if (stored == state.flow_rows.end()) return Found{};
    verification::FoundFlow found{.stored = stored->second, .account = std::nullopt};
    if (stored->second.flow.account) {
      const auto account = state.accounts.find(*stored->second.flow.account);
      if (account != state.accounts.end()) found.account = account->second.account;
    }
    return found;
  });
}

Task<Result<void>> MemoryVerificationStore::ask_again(verification::AskedAgain asked) {
  return store_.run<void>([asked = std::move(asked)](MemoryState& state) -> Result<void> {
    const auto* const session = state.live_session(asked.session, asked.flow.created_at);
    if (session == nullptr || session->session.account != asked.flow.account)
      return core::fail(Fault::unauthenticated, "session_expired");
    if (state.accounts.at(session->session.account).account.is_email_verified)
      return core::fail(Fault::conflict, "already_verified");
    if (!state.may_get_mail(asked.flow)) return flows::too_many_mails();
    state.insert_flow(asked.flow);
    state.insert_mail(asked.mail);
    return {};
  });
}

Task<Result<void>> MemoryVerificationStore::ask_change(verification::AskedChange asked) {
  return store_.run<void>([asked = std::move(asked)](MemoryState& state) -> Result<void> {
    const auto& flow = asked.flow;
    const auto* const session = state.live_session(asked.session, flow.created_at);
    if (session == nullptr || session->session.account != flow.account ||
        session->session.credential_version != asked.credential_version)
      return core::fail(Fault::unauthenticated, "session_expired");
    if (!state.may_get_mail(flow)) return flows::too_many_mails();
    auto key = accounts::EmailKey::fold(flow.address->key);
    if (!key) return core::fail(std::move(key));
    const auto owner = state.accounts_by_email.find(*key);
    if (owner != state.accounts_by_email.end() && owner->second != session->session.account) {
      state.tell_owner(asked.if_taken, owner->second);
      return {};
    }
    state.insert_flow(flow);
    state.insert_mail(asked.mail);
    return {};
  });
}

Task<Result<void>> MemoryVerificationStore::check(FlowKind kind, flows::ProofDigests proof, core::Timestamp now) {
  return store_.run<void>([kind, proof = std::move(proof), now](MemoryState& state) -> Result<void> {
    if (state.check_proof(kind, proof, now) == nullptr) return flows::refused();
    return {};
  });
}

Task<Result<Confirmed>> MemoryVerificationStore::confirm(Confirmation confirmation) {
  return store_.run<Confirmed>([asked = std::move(confirmation)](MemoryState& state) -> Result<Confirmed> {
    auto* const stored = state.check_proof(asked.kind, asked.proof, asked.now);
    auto* const account = stored != nullptr ? find_living(state, *stored) : nullptr;
    if (account == nullptr) return flows::refused();
    if (asked.credential_version && *asked.credential_version != account->account.credential_version)
      return core::fail(Fault::unauthenticated, "credentials_changed");
    if (asked.kind == FlowKind::change_of_address) return change_address(state, stored->flow, *account, asked);
    return verify(state, stored->flow, *account, asked);
  });
}

Task<Result<Disowned>> MemoryVerificationStore::disown(verification::Disowning disowning) {
  return store_.run<Disowned>([asked = std::move(disowning)](MemoryState& state) -> Result<Disowned> {
    const auto* const stored = state.check_proof(asked.kind, asked.proof, asked.now);
    const auto* const account = stored != nullptr ? find_living(state, *stored) : nullptr;
    if (account == nullptr) return flows::refused();
    if (asked.kind == FlowKind::verification && !account->account.is_email_verified)
      return disown_account(state, account->account.id, asked);
    state.flow_rows.erase(asked.proof.id);
    return Disowned::flow_cancelled;
  });
}

}  // namespace sallyport::memory
