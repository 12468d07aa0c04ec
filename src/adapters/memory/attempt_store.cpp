#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Result;
using core::Task;
using throttle::Reservation;

Task<Result<Reservation>> MemoryAttemptStore::reserve(throttle::Attempt attempt, core::Timestamp now) {
  return store_.run<Reservation>([attempt, now](MemoryState& state) -> Result<Reservation> {
    auto& [stored, reservations] = state.attempts[attempt.key];
    const auto counter = throttle::decayed(stored, now, state.rules);
    if (counter.locked_until && *counter.locked_until > now) {
      return Reservation{Reservation::State::locked,
                         std::chrono::ceil<std::chrono::seconds>(*counter.locked_until - now)};
    }
    std::erase_if(reservations, [now](const auto& entry) { return entry.second.expires_at <= now; });
    const auto expires_at = now + state.rules.reservation_time;
    const auto shared = reservations.find(attempt.print);
    if (shared != reservations.end()) {
      shared->second = {shared->second.holders + 1, expires_at};
      return Reservation{Reservation::State::granted};
    }
    if (counter.failures + std::ssize(reservations) >= state.rules.max_failures) {
      return Reservation{Reservation::State::full};
    }
    reservations.emplace(attempt.print, StoredReservation{.holders = 1, .expires_at = expires_at});
    return Reservation{Reservation::State::granted};
  });
}

Task<Result<void>> MemoryAttemptStore::settle(throttle::Attempt attempt, throttle::Verdict verdict,
                                              core::Timestamp now) {
  return store_.run<void>([attempt, verdict, now](MemoryState& state) -> Result<void> {
    if (state.settle(attempt, verdict, now)) {
      state.append_audit({.event = audit::Event::sign_in_locked,
                          .at = now,
                          .account = std::nullopt,
                          .session = std::nullopt,
                          .origin = {}});
    }
    return {};
  });
}

Task<Result<std::int64_t>> MemoryAttemptStore::remove_reservations(core::Timestamp now, int most) {
  return store_.run<std::int64_t>([now, most](MemoryState& state) -> Result<std::int64_t> {
    std::int64_t removed = 0;
    for (auto& [key, attempts] : state.attempts) {
      removed += std::erase_if(attempts.reservations, [&, left = most - removed](const auto& entry) mutable {
        return entry.second.expires_at <= now && left-- > 0;
      });
    }
    return removed;
  });
}

Task<Result<std::int64_t>> MemoryAttemptStore::remove_counters(core::Timestamp now, int most) {
  return store_.run<std::int64_t>([now, most](MemoryState& state) -> Result<std::int64_t> {
    std::int64_t removed = 0;
    for (auto entry = state.attempts.begin(); entry != state.attempts.end() && removed < most;) {
      auto& [counter, reservations] = entry->second;
      const bool counts = throttle::forgotten_at(counter, state.rules) > now;
      const bool is_one = counter != throttle::AttemptCounter{};  // reservations alone make no row of a counter
      if (!counts && is_one) ++removed;
      if (!counts) counter = {};
      entry = counts || !reservations.empty() ? std::next(entry) : state.attempts.erase(entry);
    }
    return removed;
  });
}

}  // namespace sallyport::memory
