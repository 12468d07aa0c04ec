#include <algorithm>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Fault;
using core::Result;
using core::Task;
using sessions::SessionView;

namespace {

Result<SessionView> view_if_live(MemoryState& state, core::SessionId id, core::Timestamp now) {
  const auto* stored = state.live_session(id, now);
  if (stored == nullptr) return core::fail(Fault::unauthenticated, "session_expired");
  return state.view_of(*stored);
}

}  // namespace

Task<Result<sessions::OpenedSession>> MemorySessionStore::open(sessions::OpenSession opening) {
  using sessions::OpenedSession;
  return store_.run<OpenedSession>([opening = std::move(opening)](MemoryState& state) -> Result<OpenedSession> {
    const auto& fresh = opening.session;
    const auto now = fresh.created_at;
    const auto others = state.sessions_of(fresh.account);
    if (!state.insert_session(fresh, opening.credential_version)) {
      return core::fail(Fault::unauthenticated, "credentials_changed");
    }
    std::vector<core::SessionId> ended;
    auto left = others.size() + 1;
    const auto end = [&](core::SessionId id) {
      state.end_session(id, audit::Event::session_replaced, now, opening.origin);
      ended.push_back(id);
      --left;
    };
    for (const auto& id : others) {
      if (state.sessions.at(id).session.device_id == fresh.device.id) end(id);
    }
    for (const auto& id : others) {
      if (left > state.lifetimes.per_account && state.sessions.contains(id)) end(id);
    }
    state.settle(opening.attempt, throttle::Verdict::refunded, now);
    if (opening.mail) state.insert_mail(*opening.mail);
    state.append_audit({.event = audit::Event::signed_in,
                        .at = now,
                        .account = fresh.account,
                        .session = fresh.id,
                        .origin = opening.origin});
    return OpenedSession{state.accounts.at(fresh.account).account, std::move(ended)};
  });
}

Task<Result<void>> MemorySessionStore::fail_sign_in(sessions::FailedSignIn failure) {
  return store_.run<void>([failed = std::move(failure)](MemoryState& state) -> Result<void> {
    if (!state.settle(failed.attempt, throttle::Verdict::failed, failed.now)) return {};
    state.append_audit({.event = audit::Event::sign_in_locked,
                        .at = failed.now,
                        .account = failed.account,
                        .session = std::nullopt,
                        .origin = failed.origin});
    auto& told = state.attempts[failed.notice_key].counter;
    if (told.locked_until && *told.locked_until > failed.now) return {};
    told = throttle::locked_once(failed.now, failed.now + sessions::lock_notice_pause);
    if (failed.notice) state.insert_mail(*failed.notice);
    return {};
  });
}

Task<Result<SessionView>> MemorySessionStore::find_by_token(core::Digest token_digest, core::Timestamp now) {
  return store_.run<SessionView>([token_digest, now](MemoryState& state) -> Result<SessionView> {
    const auto id = state.sessions_by_token.find(token_digest);
    if (id == state.sessions_by_token.end()) return core::fail(Fault::unauthenticated, "session_expired");
    return view_if_live(state, id->second, now);
  });
}

Task<Result<SessionView>> MemorySessionStore::find(core::SessionId id, core::Timestamp now) {
  return store_.run<SessionView>([id, now](MemoryState& state) { return view_if_live(state, id, now); });
}

Task<Result<sessions::Rotation>> MemorySessionStore::rotate_refresh(sessions::RotateRefresh rotation) {
  using sessions::Rotation;
  return store_.run<Rotation>([asked = std::move(rotation)](MemoryState& state) -> Result<Rotation> {
    auto* stored = state.live_session(asked.session, asked.now);
    if (stored == nullptr) return core::fail(Fault::unauthenticated, "session_expired");
    if (asked.generation == stored->refresh_generation && asked.presented_digest == stored->refresh_digest) {
      ++stored->refresh_generation;
      stored->previous_refresh_digest = std::exchange(stored->refresh_digest, asked.successor_digest);
      stored->refresh_nonce = asked.nonce;
      stored->refreshed_at = asked.now;
      stored->session.expires_at = std::min(asked.slides_to, stored->session.absolute_expires_at);
      stored->session.last_seen_at = asked.now;
      ++stored->activity_count;
      return Rotation{state.view_of(*stored), asked.nonce};
    }
    const bool is_retry = asked.generation + 1 == stored->refresh_generation &&
                          stored->previous_refresh_digest == asked.presented_digest && stored->refresh_nonce &&
                          asked.now < stored->refreshed_at + asked.grace;
    if (is_retry) return Rotation{state.view_of(*stored), *stored->refresh_nonce};
    state.end_session(asked.session, audit::Event::refresh_token_reused, asked.now, asked.origin);
    return core::fail(Fault::unauthenticated, "refresh_token_reused");
  });
}

Task<Result<SessionView>> MemorySessionStore::slide(core::SessionId id, core::Timestamp now, core::Timestamp to) {
  return store_.run<SessionView>([id, now, to](MemoryState& state) -> Result<SessionView> {
    auto* stored = state.live_session(id, now);
    if (stored == nullptr) return core::fail(Fault::unauthenticated, "session_expired");
    stored->session.expires_at = std::min(to, stored->session.absolute_expires_at);
    stored->session.last_seen_at = now;
    ++stored->activity_count;
    state.invalidate(sessions::Invalidation::Kind::session, id.uuid(), now);
    return state.view_of(*stored);
  });
}

Task<Result<void>> MemorySessionStore::end(core::SessionId id, sessions::EndReason, core::Timestamp now,
                                           audit::Origin origin) {
  return store_.run<void>([id, now, origin = std::move(origin)](MemoryState& state) -> Result<void> {
    state.end_session(id, audit::Event::session_ended, now, origin);
    return {};
  });
}

Task<Result<void>> MemorySessionStore::revoke(sessions::RevokeSession revocation) {
  return store_.run<void>([asked = std::move(revocation)](MemoryState& state) -> Result<void> {
    const auto* by = state.live_session(asked.by, asked.now);
    if (by == nullptr) return core::fail(Fault::unauthenticated, "session_expired");
    const auto* revoked = state.live_session(asked.session, asked.now);
    if (revoked == nullptr || revoked->session.account != by->session.account)
      return core::fail(Fault::not_found, "session_not_found");
    state.end_session(asked.session, audit::Event::session_revoked, asked.now, asked.origin);
    return {};
  });
}

Task<Result<std::vector<core::SessionId>>> MemorySessionStore::revoke_others(core::SessionId by, core::Timestamp now,
                                                                             audit::Origin origin) {
  using Revoked = std::vector<core::SessionId>;
  return store_.run<Revoked>([by, now, origin = std::move(origin)](MemoryState& state) -> Result<Revoked> {
    const auto* kept = state.live_session(by, now);
    if (kept == nullptr) return core::fail(Fault::unauthenticated, "session_expired");
    Revoked revoked;
    for (const auto& id : state.sessions_of(kept->session.account)) {
      if (id == by) continue;
      if (state.live_session(id, now) == nullptr) {
        state.erase_session(id);
      } else {
        state.end_session(id, audit::Event::session_revoked, now, origin);
        revoked.push_back(id);
      }
    }
    return revoked;
  });
}

Task<Result<void>> MemorySessionStore::reauthenticate(sessions::Reauthentication proof) {
  return store_.run<void>([proof = std::move(proof)](MemoryState& state) -> Result<void> {
    auto* stored = state.live_session(proof.session, proof.now);
    if (stored == nullptr) return core::fail(Fault::unauthenticated, "session_expired");
    if (stored->session.credential_version != proof.credential_version)
      return core::fail(Fault::unauthenticated, "credentials_changed");
    stored->session.auth_time = proof.now;
    state.invalidate(sessions::Invalidation::Kind::session, proof.session.uuid(), proof.now);
    state.append_audit({.event = audit::Event::reauthenticated,
                        .at = proof.now,
                        .account = stored->session.account,
                        .session = proof.session,
                        .origin = proof.origin});
    return {};
  });
}

Task<Result<void>> MemorySessionStore::record_activity(std::vector<sessions::Activity> activity) {
  return store_.run<void>([activity = std::move(activity)](MemoryState& state) -> Result<void> {
    for (const auto& used : activity) {
      const auto found = state.sessions.find(used.session);
      if (found == state.sessions.end()) continue;
      auto& last_seen_at = found->second.session.last_seen_at;
      last_seen_at = std::max(last_seen_at, used.last_seen_at);
      found->second.activity_count += used.count;
    }
    return {};
  });
}

Task<Result<std::vector<sessions::Invalidation>>> MemorySessionStore::invalidations_after(std::int64_t after) {
  using Found = std::vector<sessions::Invalidation>;
  return store_.run<Found>([after](MemoryState& state) -> Result<Found> {
    Found found;
    for (const auto& [invalidation, at] : state.invalidations) {
      if (invalidation.sequence > after) found.push_back(invalidation);
    }
    return found;
  });
}

Task<Result<std::int64_t>> MemorySessionStore::wipe_nonces(core::Timestamp rotated_before, int most) {
  return store_.run<std::int64_t>([rotated_before, most](MemoryState& state) -> Result<std::int64_t> {
    std::int64_t wiped = 0;
    for (auto& [id, stored] : state.sessions) {
      if (wiped == most) break;
      if (!stored.refresh_nonce || stored.refreshed_at >= rotated_before) continue;
      stored.refresh_nonce.reset();
      ++wiped;
    }
    return wiped;
  });
}

Task<Result<std::int64_t>> MemorySessionStore::remove_invalidations(core::Timestamp before, int most) {
  return store_.run<std::int64_t>([before, most](MemoryState& state) -> Result<std::int64_t> {
    auto& all = state.invalidations;
    const auto oldest_end =
        all.begin() + std::min<std::ptrdiff_t>(most, std::max<std::ptrdiff_t>(std::ssize(all) - 1, 0));
    const auto kept =
        std::remove_if(all.begin(), oldest_end, [before](const StoredInvalidation& old) { return old.at < before; });
    const auto removed = oldest_end - kept;
    all.erase(kept, oldest_end);
    return removed;
  });
}

Task<Result<std::int64_t>> MemorySessionStore::remove_over(core::Timestamp over_before, int most) {
  return store_.run<std::int64_t>([over_before, most](MemoryState& state) -> Result<std::int64_t> {
    std::vector<core::SessionId> over;
    for (const auto& [id, stored] : state.sessions) {
      if (std::ssize(over) < most && stored.session.expires_at < over_before) over.push_back(id);
    }
    for (const auto& id : over) state.erase_session(id);
    return std::ssize(over);
  });
}

}  // namespace sallyport::memory
