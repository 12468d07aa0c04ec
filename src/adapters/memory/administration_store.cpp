#include "adapters/memory/stores.h"

namespace sallyport::memory {

using accounts::Account;
using accounts::AccountStatus;
using accounts::Mandate;
using accounts::Role;
using core::Fault;
using core::Result;
using core::Task;

namespace {

template <class Value>
std::optional<std::string> text_of(const std::optional<Value>& value) {
  return value ? std::optional(std::string(value->str())) : std::nullopt;
}

/// Where the write comes from, if the mandate still holds. `unauthenticated` / "session_expired"; `forbidden` /
/// "forbidden".
Result<audit::Origin> origin_of(MemoryState& state, const Mandate& mandate) {
  auto origin = mandate.origin;
  if (!mandate.session) return origin;
  const auto* session = state.live_session(*mandate.session, mandate.now);
  if (session == nullptr) return core::fail(Fault::unauthenticated, "session_expired");
  const auto& account = state.accounts.at(session->session.account).account;
  if (account.role != Role::admin) return core::fail(Fault::forbidden, "forbidden");
  origin.actor = account.id;
  return origin;
}

Result<StoredAccount*> find(MemoryState& state, core::AccountId id) {
  const auto found = state.accounts.find(id);
  if (found == state.accounts.end()) return core::fail(Fault::not_found, "account_not_found");
  return &found->second;
}

bool is_active_administrator(const Account& account) {
  return account.role == Role::admin && account.status == AccountStatus::active;
}

/// Applies what was asked for, and says what of it is a change.
std::vector<audit::Event> apply(const accounts::UserChange& change, StoredAccount& to) {
  std::vector<audit::Event> events;
  auto& account = to.account;
  const auto before = account;
  if (change.display_name) account.display_name = text_of(*change.display_name);
  if (change.locale) account.locale = text_of(*change.locale);
  if (change.time_zone) account.time_zone = text_of(*change.time_zone);
  if (change.phone) account.phone = text_of(*change.phone);
  account.is_phone_verified = account.is_phone_verified && account.phone == before.phone;
  if (account.display_name != before.display_name || account.locale != before.locale ||
      account.time_zone != before.time_zone || account.phone != before.phone)
    events.push_back(audit::Event::profile_changed);
  if (change.email && change.email->str() != before.email) {
    account.email = change.email->str();
    if (!(to.key == change.email->key())) account.is_email_verified = false;
    to.key = change.email->key();
    events.push_back(audit::Event::address_changed);
  }
  account.role = change.role.value_or(before.role);
  if (account.role != before.role) events.push_back(audit::Event::role_changed);
  account.status = change.status.value_or(before.status);
  if (account.status != before.status) events.push_back(audit::Event::account_status_changed);
  return events;
}

/// Whether an account waits for the one whom this invitation went to.
bool awaits_owner(const StoredAccount& stored, const flows::NewFlow& invitation) {
  return stored.account.status == AccountStatus::pending && stored.verifier.empty() && invitation.address &&
         invitation.address->key == stored.key.str() &&
         invitation.credential_version == stored.account.credential_version;
}

Result<StoredAccount*> find_invited(MemoryState& state, const flows::ProofDigests& proof, core::Timestamp now) {
  const auto* const flow = state.check_proof(flows::FlowKind::invitation, proof, now);
  if (flow == nullptr || !flow->flow.account) return flows::refused();
  auto found = find(state, *flow->flow.account);
  if (!found || !awaits_owner(**found, flow->flow)) return flows::refused();
  return found;
}

void note(MemoryState& state, audit::Event event, core::AccountId account, const Mandate& mandate,
          const audit::Origin& origin) {
  state.append_audit(
      {.event = event, .at = mandate.now, .account = account, .session = mandate.session, .origin = origin});
}

Result<Account> update(MemoryState& state, const accounts::UserChange& change) {
  const auto origin = origin_of(state, change.mandate);
  if (!origin) return std::unexpected(origin.error());
  auto found = find(state, change.account);
  if (!found) return core::fail(std::move(found));
  auto& stored = **found;
  auto after = stored;
  const auto events = apply(change, after);
  if (events.empty()) return stored.account;
  const bool is_new_status = after.account.status != stored.account.status;
  if (is_new_status && after.account.status == AccountStatus::active && stored.verifier.empty())
    return core::fail(Fault::conflict, "password_missing");
  const auto owner = state.accounts_by_email.find(after.key);
  if (owner != state.accounts_by_email.end() && owner->second != change.account)
    return core::fail(Fault::conflict, "identifier_taken");
  if (is_active_administrator(stored.account) && !is_active_administrator(after.account) &&
      !state.has_other_administrator(change.account))
    return core::fail(Fault::conflict, "last_administrator");
  const bool ends_sessions = is_new_status || after.account.role != stored.account.role;
  after.account.updated_at = change.mandate.now;
  if (!(after.key == stored.key)) {
    state.delete_flows(change.account);
    if (change.notice) state.insert_mail(*change.notice);
  }
  state.accounts_by_email.erase(stored.key);
  state.accounts_by_email.emplace(after.key, change.account);
  stored = std::move(after);
  if (ends_sessions) state.end_account_sessions(change.account, change.mandate.now);
  else state.invalidate(sessions::Invalidation::Kind::account, change.account.uuid(), change.mandate.now);
  for (const auto event : events) note(state, event, change.account, change.mandate, *origin);
  return stored.account;
}

}  // namespace

std::int64_t MemoryState::end_account_sessions(core::AccountId account, core::Timestamp now) {
  const auto ended = sessions_of(account);
  for (const auto& id : ended) erase_session(id);
  invalidate(sessions::Invalidation::Kind::account, account.uuid(), now);
  return std::ssize(ended);
}

Task<Result<Account>> MemoryInvitationStore::find(flows::ProofDigests proof, core::Timestamp now) {
  return store_.run<Account>([proof = std::move(proof), now](MemoryState& state) -> Result<Account> {
    auto found = find_invited(state, proof, now);
    if (!found) return core::fail(std::move(found));
    return (*found)->account;
  });
}

Task<Result<Account>> MemoryInvitationStore::accept(accounts::AcceptInvitation acceptance) {
  return store_.run<Account>([asked = std::move(acceptance)](MemoryState& state) -> Result<Account> {
    const auto now = asked.session.created_at;
    auto found = find_invited(state, asked.proof, now);
    if (!found || (*found)->account.id != asked.session.account) return flows::refused();
    auto& [account, key, verifier, stored_at] = **found;
    verifier = asked.verifier;
    stored_at = now;
    account.has_password = true;
    account.status = AccountStatus::active;
    account.is_email_verified = true;
    account.updated_at = now;
    if (asked.display_name) account.display_name = text_of(asked.display_name);
    state.insert_session(asked.session, account.credential_version);
    state.delete_flows(account.id);
    if (account.role == Role::admin) state.setup_token.reset();
    state.append_audit({.event = audit::Event::invitation_accepted,
                        .at = now,
                        .account = account.id,
                        .session = asked.session.id,
                        .origin = asked.origin});
    return account;
  });
}

Task<Result<Account>> MemoryAdministrationStore::create_user(accounts::NewUser user) {
  return store_.run<Account>([fresh = std::move(user)](MemoryState& state) -> Result<Account> {
    const auto origin = origin_of(state, fresh.mandate);
    if (!origin) return std::unexpected(origin.error());
    if (!state.accounts_by_email.try_emplace(fresh.email.key(), fresh.id).second)
      return core::fail(Fault::conflict, "identifier_taken");
    const auto& stored =
        state.accounts
            .emplace(fresh.id, StoredAccount{.account = {.id = fresh.id,
                                                         .email = std::string(fresh.email.str()),
                                                         .phone = text_of(fresh.phone),
                                                         .display_name = text_of(fresh.display_name),
                                                         .locale = text_of(fresh.locale),
                                                         .time_zone = text_of(fresh.time_zone),
                                                         .role = fresh.role,
                                                         .status = fresh.verifier ? AccountStatus::active
                                                                                  : AccountStatus::pending,
                                                         .has_password = fresh.verifier.has_value(),
                                                         .created_at = fresh.mandate.now,
                                                         .updated_at = fresh.mandate.now},
                                             .key = fresh.email.key(),
                                             .verifier = fresh.verifier.value_or(""),
                                             .verifier_stored_at = fresh.mandate.now})
            .first->second;
    if (fresh.mail) state.insert_mail(*fresh.mail);
    if (fresh.invitation) state.insert_flow(*fresh.invitation);
    if (is_active_administrator(stored.account)) state.setup_token.reset();
    note(state, audit::Event::account_created, fresh.id, fresh.mandate, *origin);
    return stored.account;
  });
}

Task<Result<Account>> MemoryAdministrationStore::update_user(accounts::UserChange change) {
  return store_.run<Account>([change = std::move(change)](MemoryState& state) { return update(state, change); });
}

Task<Result<Account>> MemoryAdministrationStore::invite(accounts::Reinvitation invitation) {
  return store_.run<Account>([invitation = std::move(invitation)](MemoryState& state) -> Result<Account> {
    const auto origin = origin_of(state, invitation.mandate);
    if (!origin) return std::unexpected(origin.error());
    auto found = find(state, invitation.account);
    if (!found) return core::fail(std::move(found));
    if (!awaits_owner(**found, invitation.flow)) return core::fail(Fault::conflict, "not_invited");
    state.delete_flows(invitation.account, flows::FlowKind::invitation);
    state.insert_flow(invitation.flow);
    state.insert_mail(invitation.mail);
    note(state, audit::Event::invitation_sent, invitation.account, invitation.mandate, *origin);
    return (*found)->account;
  });
}

Task<Result<Account>> MemoryAdministrationStore::set_password(accounts::SetPassword setting) {
  return store_.run<Account>([setting = std::move(setting)](MemoryState& state) -> Result<Account> {
    const auto& mandate = setting.mandate;
    const auto origin = origin_of(state, mandate);
    if (!origin) return std::unexpected(origin.error());
    auto found = find(state, setting.account);
    if (!found) return core::fail(std::move(found));
    auto& [account, key, verifier, stored_at] = **found;
    verifier = setting.verifier;
    stored_at = mandate.now;
    account.has_password = true;
    ++account.credential_version;
    account.updated_at = mandate.now;
    state.delete_flows(account.id);
    if (setting.mail) state.insert_mail(*setting.mail);
    note(state, audit::Event::password_set, account.id, mandate, *origin);
    if (account.status == AccountStatus::pending) {
      account.status = AccountStatus::active;
      note(state, audit::Event::account_status_changed, account.id, mandate, *origin);
    }
    state.end_account_sessions(account.id, mandate.now);
    return account;
  });
}

Task<Result<Account>> MemoryAdministrationStore::remove_user(core::AccountId account, Mandate mandate,
                                                             std::optional<mail::NewMail> notice) {
  return store_.run<Account>(
      [account, mandate = std::move(mandate), notice = std::move(notice)](MemoryState& state) -> Result<Account> {
        const auto origin = origin_of(state, mandate);
        if (!origin) return std::unexpected(origin.error());
        auto found = find(state, account);
        if (!found) return core::fail(std::move(found));
        auto& stored = **found;
        if (is_active_administrator(stored.account) && !state.has_other_administrator(account))
          return core::fail(Fault::conflict, "last_administrator");
        state.end_account_sessions(account, mandate.now);
        stored.account.status = AccountStatus::deleted;
        stored.account.updated_at = mandate.now;
        auto removed = stored.account;
        state.accounts_by_email.erase(stored.key);
        state.cancel_upload(account, mandate.now);
        state.deleted_accounts.emplace(account, DeletedAccount{std::move(stored), mandate.now});
        state.accounts.erase(account);
        if (notice) state.insert_mail(*notice);
        note(state, audit::Event::account_status_changed, account, mandate, *origin);
        return removed;
      });
}

Task<Result<Account>> MemoryAdministrationStore::restore_user(core::AccountId account, Mandate mandate) {
  return store_.run<Account>([account, mandate = std::move(mandate)](MemoryState& state) -> Result<Account> {
    const auto origin = origin_of(state, mandate);
    if (!origin) return std::unexpected(origin.error());
    if (state.accounts.contains(account)) return core::fail(Fault::conflict, "not_deleted");
    const auto found = state.deleted_accounts.find(account);
    if (found == state.deleted_accounts.end()) return core::fail(Fault::not_found, "account_not_found");
    auto& stored = found->second.stored;
    if (!state.accounts_by_email.try_emplace(stored.key, account).second)
      return core::fail(Fault::conflict, "identifier_taken");
    stored.account.status = stored.verifier.empty() ? AccountStatus::pending : AccountStatus::active;
    stored.account.updated_at = mandate.now;
    auto restored = stored.account;
    state.accounts.emplace(account, std::move(stored));
    state.deleted_accounts.erase(found);
    state.invalidate(sessions::Invalidation::Kind::account, account.uuid(), mandate.now);
    note(state, audit::Event::account_restored, account, mandate, *origin);
    return restored;
  });
}

Task<Result<std::int64_t>> MemoryAdministrationStore::end_sessions(core::AccountId account, Mandate mandate) {
  return store_.run<std::int64_t>([account, mandate = std::move(mandate)](MemoryState& state) -> Result<std::int64_t> {
    const auto origin = origin_of(state, mandate);
    if (!origin) return std::unexpected(origin.error());
    auto found = find(state, account);
    if (!found) return core::fail(std::move(found));
    const auto ended = state.end_account_sessions(account, mandate.now);
    note(state, audit::Event::all_sessions_ended, account, mandate, *origin);
    return ended;
  });
}

}  // namespace sallyport::memory
