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

Task<Result<void>> OutboxUpkeep::tidy() {
  static constexpr int batch_size = 500;  // the writer's other customers wait meanwhile
  for (;;) {
    const auto removed =
        co_await outbox_.tidy(clock_.now() - retention_, clock_.now() - std::max(retention_, longest_wait), batch_size);
    if (!removed) co_return Result<void>(std::unexpected(removed.error()));
    if (*removed < batch_size) co_return Result<void>{};
  }
}

Task<Result<void>> OutboxUpkeep::run_forever() {
  for (int looks = 0;; ++looks) {
    co_await look();  // a failure leaves it for the next round
    if (looks % looks_a_tidy == 0) co_await tidy();
    auto slept = co_await core::SleepUntil(clock_.moment() + look_interval);
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::mail
