#include "throttle/attempt_counter.h"

#include <algorithm>

namespace sallyport::throttle {

AttemptCounter decayed(AttemptCounter counter, core::Timestamp now, const AttemptRules& rules) {
  if (counter.locked_until && *counter.locked_until <= now) {
    const auto forgotten =
        std::min<std::int64_t>(counter.lock_level, (now - *counter.locked_until) / rules.level_decay);
    if (forgotten > 0) {
      counter.lock_level -= forgotten;
      *counter.locked_until += forgotten * rules.level_decay;
    }
    if (counter.lock_level == 0) counter.locked_until.reset();
  }
  const auto forgotten =
      std::clamp<std::int64_t>((now - counter.failures_since) / rules.failure_decay, 0, counter.failures);
  counter.failures -= forgotten;
  counter.failures_since += forgotten * rules.failure_decay;
  return counter;
}

AttemptCounter locked_once(core::Timestamp now, core::Timestamp until) {
  return {.failures = 0, .failures_since = now, .locked_until = until, .lock_level = 0};
}

core::Timestamp forgotten_at(const AttemptCounter& counter, const AttemptRules& rules) {
  const auto failures_gone = counter.failures_since + counter.failures * rules.failure_decay;
  if (!counter.locked_until) return failures_gone;
  return std::max<core::Timestamp>(failures_gone, *counter.locked_until + counter.lock_level * rules.level_decay);
}

AttemptCounter after_failure(AttemptCounter counter, core::Timestamp now, const AttemptRules& rules) {
  if (counter.locked_until && *counter.locked_until > now) return counter;
  if (counter.failures == 0) counter.failures_since = now;
  ++counter.failures;
  if (counter.failures < rules.max_failures) return counter;
  auto lock = rules.first_lock;
  for (std::int64_t i = 0; i < counter.lock_level && lock < rules.longest_lock; ++i) lock *= 2;
  counter.locked_until = now + std::min(lock, rules.longest_lock);
  ++counter.lock_level;
  counter.failures = 0;
  counter.failures_since = now;
  return counter;
}

}  // namespace sallyport::throttle
