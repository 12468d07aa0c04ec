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

Task<Result<void>> MemoryAttemptStore::tidy(core::Timestamp now) {
  return store_.run<void>([now](MemoryState& state) -> Result<void> {
    for (auto& [key, attempts] : state.attempts) {
      std::erase_if(attempts.reservations, [now](const auto& entry) { return entry.second.expires_at <= now; });
    }
    std::erase_if(state.attempts, [&](const auto& entry) {
      return entry.second.reservations.empty() && throttle::forgotten_at(entry.second.counter, state.rules) <= now;
    });
    return {};
  });
}

}  // namespace sallyport::memory
