#include "adapters/memory/memory_store.h"

#include <algorithm>

namespace sallyport::memory {

using sessions::Invalidation;

bool MemoryState::insert_session(const sessions::NewSession& fresh, std::int64_t credential_version) {
  const auto owner = accounts.find(fresh.account);
  if (owner == accounts.end()) return false;
  const auto& account = owner->second.account;
  if (account.status != accounts::AccountStatus::active || account.credential_version != credential_version) {
    return false;
  }
  sessions.emplace(fresh.id, StoredSession{.session = {.id = fresh.id,
                                                       .account = fresh.account,
                                                       .credential_version = credential_version,
                                                       .device_id = fresh.device.id,
                                                       .created_at = fresh.created_at,
                                                       .auth_time = fresh.created_at,
                                                       .last_seen_at = fresh.created_at,
                                                       .expires_at = fresh.expires_at,
                                                       .absolute_expires_at = fresh.absolute_expires_at},
                                           .token_digest = fresh.token_digest,
                                           .refresh_generation = 1,
                                           .refresh_digest = fresh.refresh_digest,
                                           .refreshed_at = fresh.created_at,
                                           .device_name = fresh.device.name,
                                           .device_type = fresh.device.type,
                                           .client_version = fresh.device.client_version,
                                           .ip = fresh.ip,
                                           .country = fresh.country,
                                           .metadata = fresh.device.metadata});
  sessions_by_token.emplace(fresh.token_digest, fresh.id);
  return true;
}

StoredSession* MemoryState::live_session(core::SessionId id, core::Timestamp now) {
  const auto found = sessions.find(id);
  if (found == sessions.end() || found->second.session.expires_at <= now) return nullptr;
  const auto& account = accounts.at(found->second.session.account).account;
  const bool is_live = account.status == accounts::AccountStatus::active &&
                       account.credential_version == found->second.session.credential_version;
  return is_live ? &found->second : nullptr;
}

sessions::SessionView MemoryState::view_of(const StoredSession& stored) const {
  return {stored.session, accounts.at(stored.session.account).account};
}

std::vector<core::SessionId> MemoryState::sessions_of(core::AccountId account) const {
  std::vector<std::pair<core::Timestamp, core::SessionId>> found;
  for (const auto& [id, stored] : sessions) {
    if (stored.session.account == account) found.emplace_back(stored.session.created_at, id);
  }
  std::ranges::sort(found);
  std::vector<core::SessionId> ids;
  for (const auto& [created_at, id] : found) ids.push_back(id);
  return ids;
}

void MemoryState::erase_session(core::SessionId id) {
  sessions_by_token.erase(sessions.at(id).token_digest);
  sessions.erase(id);
}

void MemoryState::end_session(core::SessionId id, audit::Event event, core::Timestamp now,
                              const audit::Origin& origin) {
  const auto found = sessions.find(id);
  if (found == sessions.end()) return;
  const auto account = found->second.session.account;
  erase_session(id);
  invalidate(Invalidation::Kind::session, id.uuid(), now);
  append_audit({.event = event, .at = now, .account = account, .session = id, .origin = origin});
}

const idempotency::DoneRequest* MemoryState::find_done(const core::Digest& key, core::Timestamp now) const {
  const auto found = done_requests.find(key);
  const bool is_known = found != done_requests.end() && found->second.at > now - idempotency::known_for;
  return is_known ? &found->second : nullptr;
}

void MemoryState::note_done(const idempotency::NamedRequest& request, std::optional<core::AccountId> account,
                            core::Timestamp now) {
  done_requests.insert_or_assign(
      request.key, idempotency::DoneRequest{.fingerprint = request.fingerprint, .account = account, .at = now});
}

bool MemoryState::settle(const throttle::Attempt& attempt, throttle::Verdict verdict, core::Timestamp now) {
  auto& [counter, reservations] = attempts[attempt.key];
  const auto reserved = reservations.find(attempt.print);
  if (reserved == reservations.end()) return false;
  if (verdict == throttle::Verdict::refunded) {
    if (--reserved->second.holders == 0) reservations.erase(reserved);
    return false;
  }
  reservations.erase(reserved);
  counter = throttle::after_failure(throttle::decayed(counter, now, rules), now, rules);
  return counter.locked_until && *counter.locked_until > now;
}

void MemoryState::invalidate(Invalidation::Kind kind, const core::Uuid& subject, core::Timestamp now) {
  invalidations.push_back({{.sequence = ++last_invalidation, .kind = kind, .subject = subject}, now});
}

void MemoryState::append_audit(const audit::Entry& entry) {
  const auto row = chain.append(entry);
  audit_rows.push_back({.event = std::string(audit::to_text(entry.event)),
                        .at = entry.at,
                        .account = entry.account,
                        .session = entry.session,
                        .ip = entry.origin.ip,
                        .actor = entry.origin.actor,
                        .stream = core::Bytes(chain.stream().begin(), chain.stream().end()),
                        .sequence = row.sequence});
  const auto uuid = [](const auto& id) { return id ? std::optional(id->uuid()) : std::nullopt; };
  const audit::RowPlace place{audit_rows.back().stream, row.sequence};
  audit_chain.emplace(
      place, audit::FoundRow{.place = place,
                             .at = entry.at,
                             .event = audit_rows.back().event,
                             .account = uuid(entry.account),
                             .session = uuid(entry.session),
                             .person_commitment = row.person_commitment,
                             .previous = row.previous,
                             .hash = row.hash,
                             .person = audit::FoundRow::Person{{row.salt.begin(), row.salt.end()}, row.person}});
}

bool MemoryState::has_administrator() const {
  return std::ranges::any_of(accounts, [](const auto& entry) {
    const auto& account = entry.second.account;
    return account.role == accounts::Role::admin && account.status == accounts::AccountStatus::active;
  });
}

bool MemoryState::has_other_administrator(core::AccountId account) const {
  return std::ranges::any_of(accounts, [&](const auto& entry) {
    const auto& other = entry.second.account;
    return other.id != account && other.role == accounts::Role::admin &&
           other.status == accounts::AccountStatus::active;
  });
}

}  // namespace sallyport::memory
