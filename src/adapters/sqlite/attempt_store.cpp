#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Result;
using core::Task;
using throttle::Reservation;

Task<Result<Reservation>> SqliteAttemptStore::reserve(throttle::Attempt attempt, core::Timestamp now) {
  co_return co_await writer_.submit<Reservation>(
      [this, attempt, now](WriteTransaction& transaction) -> Result<Reservation> {
        auto& queries = transaction.queries();
        const auto counter = throttle::decayed(read_counter(queries, attempt.key), now, rules_);
        if (counter.locked_until && *counter.locked_until > now) {
          return Reservation{Reservation::State::locked,
                             std::chrono::ceil<std::chrono::seconds>(*counter.locked_until - now)};
        }
        const core::ByteView print(attempt.print);
        const auto expires_at = now + rules_.reservation_time;
        queries.drop_expired_reservations(attempt.key, now);
        if (queries.share_reservation(expires_at, attempt.key, print) != 0)
          return Reservation{Reservation::State::granted};
        if (counter.failures + queries.count_reservations(attempt.key) >= rules_.max_failures) {
          return Reservation{Reservation::State::full};
        }
        queries.insert_reservation(attempt.key, print, expires_at);
        return Reservation{Reservation::State::granted};
      });
}

Task<Result<void>> SqliteAttemptStore::settle(throttle::Attempt attempt, throttle::Verdict verdict,
                                              core::Timestamp now) {
  co_return co_await writer_.submit<void>([this, attempt, verdict, now](WriteTransaction& transaction) -> Result<void> {
    const bool has_locked = settle_attempt(transaction.queries(), attempt, verdict, now, rules_);
    if (has_locked) {
      transaction.append_audit({.event = audit::Event::sign_in_locked,
                                .at = now,
                                .account = std::nullopt,
                                .session = std::nullopt,
                                .origin = {}});
    }
    return {};
  });
}

Task<Result<std::int64_t>> SqliteAttemptStore::remove_reservations(core::Timestamp now, int most) {
  co_return co_await writer_.submit<std::int64_t>([now, most](WriteTransaction& transaction) -> Result<std::int64_t> {
    return transaction.queries().drop_all_expired_reservations(now, most);
  });
}

Task<Result<std::int64_t>> SqliteAttemptStore::remove_counters(core::Timestamp now, int most) {
  co_return co_await writer_.submit<std::int64_t>([now, most](WriteTransaction& transaction) -> Result<std::int64_t> {
    return transaction.queries().drop_forgotten_counters(now, most);
  });
}

}  // namespace sallyport::sqlite
