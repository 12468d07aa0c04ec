#include "app/cleaner.h"

#include <algorithm>

#include "core/sleep.h"

namespace sallyport::app {

using core::Result;
using core::Task;

const ChoreCounters& Cleaner::add(Chore chore) { return chores_.emplace_back(std::move(chore)).counters; }

core::Moment Cleaner::next_due() const {
  const auto first = std::ranges::min_element(chores_, {}, &Kept::due);
  return first == chores_.end() ? core::Moment::max() : first->due;
}

Task<void> Cleaner::take_turn() {
  const auto began = clock_.moment();
  for (auto& kept : chores_) {
    if (kept.due > began) continue;
    const auto removed = co_await kept.chore.remove(kept.chore.rows_a_batch);
    if (removed) {
      kept.counters.rows += static_cast<std::uint64_t>(*removed);
      ++kept.counters.batches;
    } else {
      ++kept.counters.failures;
    }
    const bool is_done = !removed || *removed < kept.chore.rows_a_batch;
    kept.due = is_done ? began + kept.chore.interval : began;
  }
}

Task<Result<void>> Cleaner::clean_forever() {
  for (;;) {
    const auto began = clock_.moment();
    co_await take_turn();
    const auto now = clock_.moment();
    const auto rest = std::max<core::Moment::duration>(rests_a_turn * (now - began), shortest_rest);
    auto slept = co_await core::SleepUntil(std::max(next_due(), now + rest));
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::app
