#include "mail/outbox_upkeep.h"

#include <algorithm>

#include "core/sleep.h"

namespace sallyport::mail {

using core::Result;
using core::Task;

Task<Result<void>> OutboxUpkeep::look() {
  const auto summary = co_await outbox_.summary();
  if (!summary) co_return Result<void>(std::unexpected(summary.error()));
  gauges_.waiting = summary->waiting;
  gauges_.failed = summary->failed;
  gauges_.oldest_waiting = summary->oldest_waiting ? summary->oldest_waiting->time_since_epoch().count() : 0;
  co_return Result<void>{};
}

Task<Result<void>> OutboxUpkeep::look_forever() {
  for (;;) {
    co_await look();  // a failure leaves it for the next round
    auto slept = co_await core::SleepUntil(clock_.moment() + look_interval);
    if (!slept) co_return slept;
  }
}

Task<Result<std::int64_t>> OutboxUpkeep::remove_old(int most) {
  const auto now = clock_.now();
  return outbox_.tidy(now - retention_, now - std::max(retention_, longest_wait), most);
}

}  // namespace sallyport::mail
