#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/result.h"
#include "core/task.h"
#include "throttle/attempt_counter.h"

namespace sallyport::throttle {

/// A keyed digest of a canonical identifier: what a counter is found by, whether or not an account has that name.
using AttemptKey = core::Digest;
/// A keyed digest of identifier and password under a key of this process alone: equal attempts share one reservation.
using AttemptPrint = std::array<std::uint8_t, 16>;

/// One sign-in's claim on a counter, taken before the password is hashed.
struct Attempt {
  AttemptKey key;
  AttemptPrint print;
};

struct Reservation {
  enum class State {
    granted,  ///< check the password, then settle
    full,     ///< undecided attempts use up what is left: ask again when one of them is decided
    locked,   ///< refused until `locked_for` is over
  };
  State state;
  std::chrono::seconds locked_for{0};
};

enum class Verdict {
  failed,    ///< the password was wrong
  refunded,  ///< it was right, or nobody found out: shed, expired, cancelled
};

/// Where counters and reservations live. Durable before the answer: a restart forgives nothing.
class AttemptStore {
 public:
  virtual ~AttemptStore() = default;
  /// Reserves one of the guesses left. Attempts with equal prints share one and count once.
  virtual core::Task<core::Result<Reservation>> reserve(Attempt attempt, core::Timestamp now) = 0;
  /// Ends a granted reservation. A failure counts once however many shared it. Settling what is no longer there
  /// (another holder settled it as failed, or it expired and a later `reserve` dropped it) changes nothing.
  virtual core::Task<core::Result<void>> settle(Attempt attempt, Verdict verdict, core::Timestamp now) = 0;

  /// What follows removes up to `most` of what counts for nothing any more, the longest over first, and says how many
  /// that were: strangers' names must not pile up, and the store's other customers wait meanwhile.

  /// Reservations that have expired.
  virtual core::Task<core::Result<std::int64_t>> remove_reservations(core::Timestamp now, int most) = 0;
  /// Counters that have decayed to nothing. Never a locked one.
  virtual core::Task<core::Result<std::int64_t>> remove_counters(core::Timestamp now, int most) = 0;
};

}  // namespace sallyport::throttle
