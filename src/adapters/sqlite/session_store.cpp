#include <algorithm>
#include <variant>

#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Fault;
using core::Result;
using core::Task;
using sessions::EndReason;
using sessions::SessionView;

namespace {

constexpr std::int64_t to_number(EndReason reason) { return static_cast<std::int64_t>(reason); }

/// Ends a live session with its invalidation and audit row; nothing if it is not live.
void end_session(WriteTransaction& transaction, core::SessionId id, EndReason reason, audit::Event event,
                 core::Timestamp now, const audit::Origin& origin) {
  const auto account = transaction.queries().end_session(now, to_number(reason), id.uuid());
  if (!account) return;
  invalidate(transaction.queries(), id, now);
  transaction.append_audit(
      {.event = event, .at = now, .account = core::AccountId(*account), .session = id, .origin = origin});
}

/// A refresh that found an older token: committed as a success, since the session must end, and answered as an error.
struct Reuse {};

}  // namespace

Task<Result<sessions::OpenedSession>> SqliteSessionStore::open(sessions::OpenSession opening) {
  using sessions::OpenedSession;
  auto shared = std::make_shared<const sessions::OpenSession>(std::move(opening));
  co_return co_await writer_.submit<OpenedSession>(
      [this, shared](WriteTransaction& transaction) -> Result<OpenedSession> {
        const auto& fresh = shared->session;
        const auto now = fresh.created_at;
        auto& queries = transaction.queries();
        std::vector<core::SessionId> ended;
        const auto account = fresh.account.uuid();
        for (const auto& id : queries.end_device_sessions({.now = now,
                                                           .reason = to_number(EndReason::replaced),
                                                           .account_id = account,
                                                           .device_id = fresh.device.id})) {
          ended.emplace_back(id);
        }
        if (!insert_session(queries, fresh, shared->credential_version)) {
          return core::fail(Fault::unauthenticated, "credentials_changed");
        }
        const auto most_others = static_cast<std::int64_t>(lifetimes_.per_account) - 1;
        for (const auto& id : queries.end_sessions_beyond({.now = now,
                                                           .reason = to_number(EndReason::too_many),
                                                           .account_id = account,
                                                           .id = fresh.id.uuid(),
                                                           .most_others = most_others})) {
          ended.emplace_back(id);
        }
        for (const auto& id : ended) {
          invalidate(queries, id, now);
          transaction.append_audit({.event = audit::Event::session_replaced,
                                    .at = now,
                                    .account = fresh.account,
                                    .session = id,
                                    .origin = shared->origin});
        }
        settle_attempt(queries, shared->attempt, throttle::Verdict::refunded, now, rules_);
        if (shared->mail) transaction.insert_mail(*shared->mail);
        transaction.append_audit({.event = audit::Event::signed_in,
                                  .at = now,
                                  .account = fresh.account,
                                  .session = fresh.id,
                                  .origin = shared->origin});
        return OpenedSession{to_account(queries.find_account(account).value()), std::move(ended)};
      });
}

Task<Result<void>> SqliteSessionStore::fail_sign_in(sessions::FailedSignIn failure) {
  auto shared = std::make_shared<const sessions::FailedSignIn>(std::move(failure));
  co_return co_await writer_.submit<void>([this, shared](WriteTransaction& transaction) -> Result<void> {
    const auto& failed = *shared;
    auto& queries = transaction.queries();
    if (!settle_attempt(queries, failed.attempt, throttle::Verdict::failed, failed.now, rules_)) return {};
    transaction.append_audit({.event = audit::Event::sign_in_locked,
                              .at = failed.now,
                              .account = failed.account,
                              .session = std::nullopt,
                              .origin = failed.origin});
    const auto told_until = read_counter(queries, failed.notice_key).locked_until;
    if (told_until && *told_until > failed.now) return {};
    write_counter(queries, failed.notice_key,
                  throttle::locked_once(failed.now, failed.now + sessions::lock_notice_pause), rules_);
    if (failed.notice) transaction.insert_mail(*failed.notice);
    return {};
  });
}

Task<Result<SessionView>> SqliteSessionStore::find_by_token(core::Digest token_digest, core::Timestamp now) {
  co_return co_await readers_.submit<SessionView>([token_digest, now](Queries& queries) -> Result<SessionView> {
    const auto id = queries.find_session_id(token_digest);
    if (!id) return core::fail(Fault::unauthenticated, "session_expired");
    return live_session(queries, core::SessionId(*id), now);
  });
}

Task<Result<SessionView>> SqliteSessionStore::find(core::SessionId id, core::Timestamp now) {
  co_return co_await readers_.submit<SessionView>(
      [id, now](Queries& queries) { return live_session(queries, id, now); });
}

Task<Result<sessions::Rotation>> SqliteSessionStore::rotate_refresh(sessions::RotateRefresh rotation) {
  using Outcome = std::variant<sessions::Rotation, Reuse>;
  auto shared = std::make_shared<const sessions::RotateRefresh>(std::move(rotation));
  auto outcome = co_await writer_.submit<Outcome>([shared](WriteTransaction& transaction) -> Result<Outcome> {
    const auto& asked = *shared;
    auto& queries = transaction.queries();
    const auto rotated = queries.rotate_refresh({.successor_digest = asked.successor_digest,
                                                 .nonce = core::ByteView(asked.nonce),
                                                 .now = asked.now,
                                                 .slides_to = asked.slides_to,
                                                 .id = asked.session.uuid(),
                                                 .generation = asked.generation,
                                                 .presented_digest = asked.presented_digest});
    if (rotated != 0) {
      auto view = live_session(queries, asked.session, asked.now);
      if (!view) return core::fail(std::move(view));
      return sessions::Rotation{std::move(*view), asked.nonce};
    }
    auto view = live_session(queries, asked.session, asked.now);
    if (!view) return core::fail(std::move(view));
    const auto state = queries.find_refresh_state(asked.session.uuid());
    const bool is_retry = asked.generation + 1 == state->refresh_generation &&
                          state->refresh_previous_digest == asked.presented_digest && state->refresh_nonce &&
                          asked.now < state->refreshed_at + asked.grace;
    if (is_retry) {
      sessions::Rotation retried{std::move(*view), {}};
      std::ranges::copy(*state->refresh_nonce, retried.nonce.begin());
      return retried;
    }
    end_session(transaction, asked.session, EndReason::refresh_reuse, audit::Event::refresh_token_reused, asked.now,
                asked.origin);
    return Reuse{};
  });
  if (!outcome) co_return core::fail(std::move(outcome));
  if (std::holds_alternative<Reuse>(*outcome)) co_return core::fail(Fault::unauthenticated, "refresh_token_reused");
  co_return std::get<sessions::Rotation>(std::move(*outcome));
}

Task<Result<SessionView>> SqliteSessionStore::slide(core::SessionId id, core::Timestamp now, core::Timestamp to) {
  co_return co_await writer_.submit<SessionView>([id, now, to](WriteTransaction& transaction) -> Result<SessionView> {
    auto view = live_session(transaction.queries(), id, now);
    if (!view) return view;
    transaction.queries().slide_session(to, now, id.uuid());
    invalidate(transaction.queries(), id, now);  // what is cached elsewhere would expire too early
    view->session.expires_at = std::min(to, view->session.absolute_expires_at);
    view->session.last_seen_at = now;
    return view;
  });
}

Task<Result<void>> SqliteSessionStore::end(core::SessionId id, EndReason reason, core::Timestamp now,
                                           audit::Origin origin) {
  co_return co_await writer_.submit<void>(
      [id, reason, now, origin = std::move(origin)](WriteTransaction& transaction) -> Result<void> {
        end_session(transaction, id, reason, audit::Event::session_ended, now, origin);
        return {};
      });
}

Task<Result<void>> SqliteSessionStore::revoke(sessions::RevokeSession revocation) {
  co_return co_await writer_.submit<void>([asked =
                                               std::move(revocation)](WriteTransaction& transaction) -> Result<void> {
    const auto by = live_session(transaction.queries(), asked.by, asked.now);
    if (!by) return std::unexpected(by.error());
    const auto revoked = live_session(transaction.queries(), asked.session, asked.now);
    if (!revoked || revoked->account.id != by->account.id) return core::fail(Fault::not_found, "session_not_found");
    end_session(transaction, asked.session, EndReason::revoked, audit::Event::session_revoked, asked.now, asked.origin);
    return {};
  });
}

Task<Result<std::vector<core::SessionId>>> SqliteSessionStore::revoke_others(core::SessionId by, core::Timestamp now,
                                                                             audit::Origin origin) {
  using Revoked = std::vector<core::SessionId>;
  co_return co_await writer_.submit<Revoked>(
      [by, now, origin = std::move(origin)](WriteTransaction& transaction) -> Result<Revoked> {
        auto& queries = transaction.queries();
        const auto kept = live_session(queries, by, now);
        if (!kept) return std::unexpected(kept.error());
        Revoked revoked;
        for (const auto& row : queries.end_other_sessions({.now = now,
                                                           .reason = to_number(EndReason::revoked),
                                                           .account_id = kept->account.id.uuid(),
                                                           .kept = by.uuid()})) {
          if (row.expires_at <= now || row.credential_version != kept->account.credential_version) continue;
          const auto& id = revoked.emplace_back(row.id);
          invalidate(queries, id, now);
          transaction.append_audit({.event = audit::Event::session_revoked,
                                    .at = now,
                                    .account = kept->account.id,
                                    .session = id,
                                    .origin = origin});
        }
        return revoked;
      });
}

Task<Result<void>> SqliteSessionStore::reauthenticate(sessions::Reauthentication proof) {
  co_return co_await writer_.submit<void>([proof = std::move(proof)](WriteTransaction& transaction) -> Result<void> {
    auto& queries = transaction.queries();
    const auto view = live_session(queries, proof.session, proof.now);
    if (!view) return std::unexpected(view.error());
    if (view->session.credential_version != proof.credential_version)
      return core::fail(Fault::unauthenticated, "credentials_changed");
    queries.renew_session(proof.now, proof.session.uuid());
    invalidate(queries, proof.session, proof.now);
    transaction.append_audit({.event = audit::Event::reauthenticated,
                              .at = proof.now,
                              .account = view->account.id,
                              .session = proof.session,
                              .origin = proof.origin});
    return {};
  });
}

Task<Result<void>> SqliteSessionStore::record_activity(std::vector<sessions::Activity> activity) {
  co_return co_await writer_.submit<void>(
      [activity = std::move(activity)](WriteTransaction& transaction) -> Result<void> {
        for (const auto& used : activity) {
          transaction.queries().record_activity(used.last_seen_at, used.count, used.session.uuid());
        }
        return {};
      });
}

Task<Result<std::vector<sessions::Invalidation>>> SqliteSessionStore::invalidations_after(std::int64_t after) {
  using Found = std::vector<sessions::Invalidation>;
  co_return co_await readers_.submit<Found>([after](Queries& queries) -> Result<Found> {
    Found found;
    for (const auto& row : queries.invalidations_after(after)) {
      found.push_back({row.sequence, static_cast<sessions::Invalidation::Kind>(row.kind), row.subject});
    }
    return found;
  });
}

Task<Result<std::int64_t>> SqliteSessionStore::wipe_nonces(core::Timestamp rotated_before, int most) {
  co_return co_await writer_.submit<std::int64_t>(
      [rotated_before, most](WriteTransaction& transaction) -> Result<std::int64_t> {
        return transaction.queries().wipe_refresh_nonces(rotated_before, most);
      });
}

Task<Result<std::int64_t>> SqliteSessionStore::remove_invalidations(core::Timestamp before, int most) {
  co_return co_await writer_.submit<std::int64_t>(
      [before, most](WriteTransaction& transaction) -> Result<std::int64_t> {
        return transaction.queries().remove_invalidations(most, before);
      });
}

Task<Result<std::int64_t>> SqliteSessionStore::remove_over(core::Timestamp over_before, int most) {
  co_return co_await writer_.submit<std::int64_t>(
      [over_before, most](WriteTransaction& transaction) -> Result<std::int64_t> {
        const auto ended = transaction.queries().remove_ended_sessions(over_before, most);
        return ended + transaction.queries().remove_expired_sessions(over_before, most - ended);
      });
}

}  // namespace sallyport::sqlite
