#include <algorithm>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using accounts::Account;
using accounts::AccountStatus;
using core::Fault;
using core::Result;
using core::Task;

namespace {

accounts::SignInRecord to_sign_in_record(const accounts::Account& account, const std::string& verifier) {
  return {.id = account.id,
          .status = account.status,
          .credential_version = account.credential_version,
          .verifier = verifier,
          .email = account.email,
          .display_name = account.display_name,
          .locale = account.locale};
}

template <class Value>
std::optional<std::string> text_of(const std::optional<Value>& value) {
  return value ? std::optional(std::string(value->str())) : std::nullopt;
}

/// Changes a field if a change was given.
template <class Value>
void apply(const std::optional<std::optional<Value>>& change, std::optional<std::string>& field) {
  if (change) field = text_of(*change);
}

/// Erases what `is_theirs` picks of a map's values, at most `most`. How many those were.
template <class Map, class IsTheirs>
std::int64_t erase_some(Map& map, int most, IsTheirs is_theirs) {
  std::int64_t erased = 0;
  for (auto at = map.begin(); at != map.end() && erased < most;) {
    const bool goes = is_theirs(at->second);
    at = goes ? map.erase(at) : std::next(at);
    erased += goes ? 1 : 0;
  }
  return erased;
}

}  // namespace

Result<void> MemoryState::insert_administrator(const accounts::NewAdministrator& fresh) {
  if (!accounts_by_email.try_emplace(fresh.email.key(), fresh.id).second)
    return core::fail(Fault::conflict, "identifier_taken");
  accounts.emplace(fresh.id, StoredAccount{.account = {.id = fresh.id,
                                                       .email = std::string(fresh.email.str()),
                                                       .display_name = text_of(fresh.display_name),
                                                       .role = accounts::Role::admin,
                                                       .created_at = fresh.created_at,
                                                       .updated_at = fresh.created_at},
                                           .key = fresh.email.key(),
                                           .verifier = fresh.verifier,
                                           .verifier_stored_at = fresh.created_at});
  setup_token.reset();
  append_audit({.event = audit::Event::administrator_created,
                .at = fresh.created_at,
                .account = fresh.id,
                .session = std::nullopt,
                .origin = fresh.origin});
  return {};
}

Result<Account> MemoryState::change_status(core::AccountId id, std::optional<core::SessionId> by, AccountStatus status,
                                           core::Timestamp now, const audit::Origin& origin) {
  const auto found = accounts.find(id);
  if (found == accounts.end()) return core::fail(Fault::not_found, "account_not_found");
  auto& account = found->second.account;
  const bool is_administrator = account.role == accounts::Role::admin && account.status == AccountStatus::active;
  if (status != AccountStatus::active && is_administrator && !has_other_administrator(id))
    return core::fail(Fault::conflict, "last_administrator");
  for (const auto& session : sessions_of(id)) erase_session(session);
  account.status = status;
  account.updated_at = now;
  auto changed = account;
  if (status == AccountStatus::deleted) {
    accounts_by_email.erase(found->second.key);
    deleted_accounts.emplace(id, DeletedAccount{std::move(found->second), now});
    accounts.erase(found);
  }
  invalidate(sessions::Invalidation::Kind::account, id.uuid(), now);
  append_audit(
      {.event = audit::Event::account_status_changed, .at = now, .account = id, .session = by, .origin = origin});
  return changed;
}

const DeletedAccount* MemoryState::erasable(core::Timestamp before) const {
  const DeletedAccount* first = nullptr;
  for (const auto& [id, deleted] : deleted_accounts) {
    if (deleted.deleted_at < before && (first == nullptr || deleted.deleted_at < first->deleted_at)) first = &deleted;
  }
  return first;
}

Task<Result<void>> MemoryAccountStore::create_account(accounts::NewAccount account) {
  return store_.run<void>([fresh = std::move(account)](MemoryState& state) -> Result<void> {
    if (fresh.request && state.find_done(fresh.request->key, fresh.created_at) != nullptr)
      return core::fail(Fault::conflict, "idempotency_key_used");
    const auto [owner, is_free] = state.accounts_by_email.try_emplace(fresh.email.key(), fresh.id);
    if (!is_free) {
      if (!fresh.if_taken) return core::fail(Fault::conflict, "identifier_taken");
      if (fresh.request) state.note_done(*fresh.request, std::nullopt, fresh.created_at);
      state.tell_owner(*fresh.if_taken, owner->second);
      state.append_audit({.event = audit::Event::registration_repeated,
                          .at = fresh.created_at,
                          .account = owner->second,
                          .session = std::nullopt,
                          .origin = fresh.origin});
      return {};
    }
    if (fresh.request) state.note_done(*fresh.request, fresh.id, fresh.created_at);
    state.accounts.emplace(fresh.id, StoredAccount{.account = {.id = fresh.id,
                                                               .email = std::string(fresh.email.str()),
                                                               .display_name = text_of(fresh.display_name),
                                                               .locale = text_of(fresh.locale),
                                                               .time_zone = text_of(fresh.time_zone),
                                                               .role = fresh.role,
                                                               .status = fresh.status,
                                                               .created_at = fresh.created_at,
                                                               .updated_at = fresh.created_at},
                                                   .key = fresh.email.key(),
                                                   .verifier = fresh.verifier,
                                                   .verifier_stored_at = fresh.created_at});
    if (fresh.session) state.insert_session(*fresh.session, 1);
    if (fresh.mail) state.insert_mail(*fresh.mail);
    if (fresh.flow) state.insert_flow(*fresh.flow);
    state.append_audit({.event = audit::Event::account_registered,
                        .at = fresh.created_at,
                        .account = fresh.id,
                        .session = fresh.session ? std::optional(fresh.session->id) : std::nullopt,
                        .origin = fresh.origin});
    return {};
  });
}

Task<Result<void>> MemoryAccountStore::create_administrator(accounts::NewAdministrator administrator) {
  return store_.run<void>(
      [fresh = std::move(administrator)](MemoryState& state) { return state.insert_administrator(fresh); });
}

Task<Result<accounts::SignInRecord>> MemoryAccountStore::find_sign_in(accounts::EmailKey key) {
  return store_.run<accounts::SignInRecord>(
      [key = std::move(key)](MemoryState& state) -> Result<accounts::SignInRecord> {
        const auto id = state.accounts_by_email.find(key);
        if (id == state.accounts_by_email.end()) return core::fail(Fault::not_found, "account_not_found");
        const auto& stored = state.accounts.at(id->second);
        if (stored.verifier.empty()) return core::fail(Fault::not_found, "account_not_found");
        return to_sign_in_record(stored.account, stored.verifier);
      });
}

Task<Result<accounts::SignInRecord>> MemoryAccountStore::find_sign_in(core::AccountId id) {
  return store_.run<accounts::SignInRecord>([id](MemoryState& state) -> Result<accounts::SignInRecord> {
    const auto found = state.accounts.find(id);
    if (found == state.accounts.end() || found->second.verifier.empty())
      return core::fail(Fault::not_found, "account_not_found");
    return to_sign_in_record(found->second.account, found->second.verifier);
  });
}

Task<Result<void>> MemoryAccountStore::change_password(accounts::PasswordChange change) {
  return store_.run<void>([asked = std::move(change)](MemoryState& state) -> Result<void> {
    auto* kept = state.live_session(asked.session, asked.now);
    if (kept == nullptr || kept->session.account != asked.account)
      return core::fail(Fault::unauthenticated, "session_expired");
    auto& stored = state.accounts.at(asked.account);
    if (stored.verifier != asked.previous) return core::fail(Fault::conflict, "verifier_changed");
    stored.verifier = asked.next;
    stored.verifier_stored_at = asked.now;
    stored.account.updated_at = asked.now;
    kept->session.credential_version = ++stored.account.credential_version;
    kept->session.auth_time = asked.now;
    for (const auto& id : state.sessions_of(asked.account)) {
      if (id != asked.session) state.erase_session(id);
    }
    if (asked.mail) state.insert_mail(*asked.mail);
    state.invalidate(sessions::Invalidation::Kind::account, asked.account.uuid(), asked.now);
    state.append_audit({.event = audit::Event::password_changed,
                        .at = asked.now,
                        .account = asked.account,
                        .session = asked.session,
                        .origin = asked.origin});
    return {};
  });
}

Task<Result<void>> MemoryAccountStore::replace_verifier(accounts::ReplaceVerifier replacement) {
  return store_.run<void>([replacement = std::move(replacement)](MemoryState& state) -> Result<void> {
    const auto found = state.accounts.find(replacement.account);
    if (found == state.accounts.end() || found->second.verifier != replacement.previous) {
      return core::fail(Fault::conflict, "verifier_changed");
    }
    found->second.verifier = replacement.next;
    found->second.verifier_stored_at = replacement.now;
    return {};
  });
}

Task<Result<Account>> MemoryAccountStore::update_profile(accounts::ProfileChange change) {
  return store_.run<Account>([change = std::move(change)](MemoryState& state) -> Result<Account> {
    const auto found = state.accounts.find(change.account);
    if (found == state.accounts.end()) return core::fail(Fault::not_found, "account_not_found");
    auto& account = found->second.account;
    apply(change.display_name, account.display_name);
    apply(change.locale, account.locale);
    apply(change.time_zone, account.time_zone);
    const auto phone_before = account.phone;
    apply(change.phone, account.phone);
    account.is_phone_verified = account.is_phone_verified && account.phone == phone_before;
    account.updated_at = change.now;
    state.invalidate(sessions::Invalidation::Kind::account, account.id.uuid(), change.now);
    state.append_audit({.event = audit::Event::profile_changed,
                        .at = change.now,
                        .account = account.id,
                        .session = std::nullopt,
                        .origin = change.origin});
    return account;
  });
}

Task<Result<Account>> MemoryAccountStore::set_status(core::AccountId account, AccountStatus status, core::Timestamp now,
                                                     audit::Origin origin) {
  return store_.run<Account>([=, origin = std::move(origin)](MemoryState& state) -> Result<Account> {
    return state.change_status(account, std::nullopt, status, now, origin);
  });
}

Task<Result<Account>> MemoryAccountStore::delete_account(accounts::AccountDeletion deletion) {
  return store_.run<Account>([asked = std::move(deletion)](MemoryState& state) -> Result<Account> {
    if (asked.session) {
      const auto* by = state.live_session(*asked.session, asked.now);
      if (by == nullptr || by->session.account != asked.account)
        return core::fail(Fault::unauthenticated, "session_expired");
    }
    auto deleted = state.change_status(asked.account, asked.session, AccountStatus::deleted, asked.now, asked.origin);
    if (!deleted) return deleted;
    state.cancel_upload(asked.account, asked.now);
    if (asked.mail) state.insert_mail(*asked.mail);
    return deleted;
  });
}

Task<Result<bool>> MemoryAccountStore::has_erasable(core::Timestamp before) {
  return store_.run<bool>([before](MemoryState& state) -> Result<bool> { return state.erasable(before) != nullptr; });
}

Task<Result<std::int64_t>> MemoryAccountStore::erase_deleted(core::Timestamp before, int most) {
  return store_.run<std::int64_t>([before, most](MemoryState& state) -> Result<std::int64_t> {
    const auto* const found = state.erasable(before);
    if (found == nullptr) return 0;
    const auto id = found->stored.account.id;
    const auto persons = state.erase_persons(id, most);
    const auto mails = erase_some(state.mails, most, [&](const HeldMail& held) { return held.mail.account == id; });
    const auto flows = erase_some(state.flow_rows, most, [&](const auto& flow) { return flow.flow.account == id; });
    const auto rows = persons + mails + flows;
    if (std::max({persons, mails, flows}) == most) return rows;  // there may be more: the account goes last
    state.cancel_upload(id, before);
    if (const auto avatar = avatars::avatar_of(found->stored.account)) state.note_picture(*avatar, before);
    state.deleted_accounts.erase(id);
    return rows + 2;  // the account and its password
  });
}

Task<Result<std::int64_t>> MemoryAccountStore::end_sessions(core::AccountId account, core::Timestamp now,
                                                            audit::Origin origin) {
  return store_.run<std::int64_t>([=, origin = std::move(origin)](MemoryState& state) -> Result<std::int64_t> {
    if (!state.accounts.contains(account)) return core::fail(Fault::not_found, "account_not_found");
    const auto ended = state.sessions_of(account);
    for (const auto& id : ended) state.erase_session(id);
    state.invalidate(sessions::Invalidation::Kind::account, account.uuid(), now);
    state.append_audit({.event = audit::Event::all_sessions_ended,
                        .at = now,
                        .account = account,
                        .session = std::nullopt,
                        .origin = origin});
    return std::ssize(ended);
  });
}

}  // namespace sallyport::memory
