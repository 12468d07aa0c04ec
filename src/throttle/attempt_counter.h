#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/clock.h"

namespace sallyport::throttle {

/// How many wrong passwords a name may hear, and what follows.
struct AttemptRules {
  std::int64_t max_failures = 5;         ///< failures and undecided attempts together
  std::chrono::seconds first_lock{900};  ///< doubled with every further lock
  std::chrono::seconds longest_lock{86'400};
  std::chrono::seconds failure_decay{900};    ///< one failure is forgotten in that time
  std::chrono::seconds level_decay{86'400};   ///< one doubling is forgotten in that time after the lock's end
  std::chrono::seconds reservation_time{60};  ///< an attempt undecided for so long died with its process: refunded
};

/// What the store keeps of one name's failed sign-ins (design.md 8). All times are the store's.
struct AttemptCounter {
  std::int64_t failures = 0;
  core::Timestamp failures_since{};  ///< the last failure, or the last moment one was forgotten
  std::optional<core::Timestamp> locked_until{};
  std::int64_t lock_level = 0;  ///< locks so far, less those forgotten
  friend bool operator==(const AttemptCounter&, const AttemptCounter&) = default;
};

/// The counter as it stands at `now`: what has decayed is forgotten, a lock that is over is open.
AttemptCounter decayed(AttemptCounter counter, core::Timestamp now, const AttemptRules& rules);

/// One more wrong password. Reaching the limit locks, twice as long as the time before; a failure while locked changes
/// nothing. Never unlocks, however far anybody counts. `counter` is as `decayed` returned it for `now`.
AttemptCounter after_failure(AttemptCounter counter, core::Timestamp now, const AttemptRules& rules);

/// A counter that is locked until then and remembers nothing else: how anything else is said once in a while.
AttemptCounter locked_once(core::Timestamp now, core::Timestamp until);

/// When nothing of the counter is left to remember: from then on it may be dropped, and never before.
core::Timestamp forgotten_at(const AttemptCounter& counter, const AttemptRules& rules);

}  // namespace sallyport::throttle
