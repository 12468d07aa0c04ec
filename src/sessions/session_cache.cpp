#include "sessions/session_cache.h"

#include "core/sleep.h"

namespace sallyport::sessions {

SessionCache::SessionCache(SessionStore& store, const core::Clock& clock, std::size_t capacity)
    : store_(store),
      clock_(clock),
      views_(capacity),
      ids_by_token_(capacity),
      last_good_poll_((clock.moment() - 2 * invalidation_age).time_since_epoch().count()) {}

bool SessionCache::is_bypassed() const {
  return clock_.moment().time_since_epoch() - core::Moment::duration(last_good_poll_.load()) > invalidation_age;
}

std::optional<SharedView> SessionCache::cached(core::SessionId id) {
  auto view = views_.find(id, clock_.moment());
  // Past its expiry it is asked for again: a refresh elsewhere moves the expiry without an invalidation.
  if (view && (*view)->session.expires_at <= clock_.now()) view.reset();
  return view;
}

core::Task<core::Result<SharedView>> SessionCache::find(core::SessionId id) {
  using Found = core::Result<SharedView>;
  if (is_bypassed()) {
    ++counters_.bypassed;
    auto view = co_await store_.find(id, clock_.now());
    if (!view) co_return Found(core::fail(std::move(view)));
    co_return Found(std::make_shared<const SessionView>(std::move(*view)));
  }
  if (auto view = cached(id)) {
    counters_.hits.fetch_add(1, std::memory_order_relaxed);
    co_return std::move(*view);
  }
  ++counters_.misses;
  co_return co_await load(id);
}

core::Task<core::Result<SharedView>> SessionCache::find_by_token(core::Digest token_digest) {
  using Found = core::Result<SharedView>;
  // A token belongs to one session for good, so this half of the cache is never stale.
  if (const auto id = ids_by_token_.find(token_digest, clock_.moment())) co_return co_await find(*id);
  const auto token_ticket = ids_by_token_.ticket(token_digest);
  auto view = co_await store_.find_by_token(token_digest, clock_.now());
  if (!view) co_return Found(core::fail(std::move(view)));
  ids_by_token_.put(token_digest, view->session.id, clock_.moment() + time_to_live, token_ticket);
  co_return Found(std::make_shared<const SessionView>(std::move(*view)));
}

core::Task<core::Result<SharedView>> SessionCache::load(core::SessionId id) {
  using Found = core::Result<SharedView>;
  for (;;) {
    bool leads;
    {
      const std::lock_guard lock(flights_mutex_);
      leads = flights_.try_emplace(id).second;
    }
    if (!leads) {
      auto shared = co_await core::hand_over<SharedView>(
          [this, id](std::shared_ptr<core::Handover<SharedView>> waiting) -> std::optional<core::Error> {
            const std::lock_guard lock(flights_mutex_);
            const auto flight = flights_.find(id);
            if (flight == flights_.end()) return core::Error{core::Fault::cancelled, "flight_over"};
            flight->second.followers.push_back(std::move(waiting));
            return std::nullopt;
          });
      if (shared || shared.error().code != "flight_over") co_return shared;
      if (auto view = cached(id)) co_return std::move(*view);
      continue;  // the leader gave up, or ended just now
    }
    const auto ticket = views_.ticket(id);
    auto read = co_await store_.find(id, clock_.now());
    auto found =
        read ? Found(std::make_shared<const SessionView>(std::move(*read))) : Found(core::fail(std::move(read)));
    Flight flight;
    {  // before `put` looks at the ticket: nobody who comes after that look may still join
      const std::lock_guard lock(flights_mutex_);
      flight = std::move(flights_.extract(id).mapped());
    }
    const bool is_current = found && views_.put(id, *found, clock_.moment() + time_to_live, ticket);
    const bool gave_up = !found && (found.error().fault == core::Fault::cancelled ||
                                    found.error().fault == core::Fault::deadline_exceeded);
    // A read that an invalidation has overtaken answers this task, which asked before it. A follower may not have.
    const bool is_over = gave_up || (found && !is_current);
    for (const auto& follower : flight.followers) {
      if (!follower->take()) continue;
      if (is_over) follower->complete(core::fail(core::Fault::cancelled, "flight_over"));
      else follower->complete(found);
    }
    co_return found;
  }
}

void SessionCache::invalidate(core::AccountId account) {
  views_.erase_if([&](const SharedView& view) { return view->account.id == account; });
}

core::Task<core::Result<void>> SessionCache::poll() {
  const auto began = clock_.moment();
  auto changes = co_await store_.invalidations_after(std::max<std::int64_t>(0, seen_ - overlap));
  if (!changes) co_return core::Result<void>(core::fail(std::move(changes)));
  for (const auto& change : *changes) {
    if (!applied_.insert(change.sequence).second) continue;
    if (change.kind == Invalidation::Kind::session) invalidate(core::SessionId(change.subject));
    else invalidate(core::AccountId(change.subject));
    seen_ = std::max(seen_, change.sequence);
  }
  applied_.erase(applied_.begin(), applied_.lower_bound(seen_ - overlap));
  last_good_poll_ = began.time_since_epoch().count();
  co_return core::Result<void>{};
}

core::Task<core::Result<void>> SessionCache::poll_forever() {
  for (;;) {
    co_await poll();  // a failure shows as age: checks go past the cache until it works again
    auto slept = co_await core::SleepUntil(clock_.moment() + poll_interval);
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::sessions
