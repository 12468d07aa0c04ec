#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"
#include "core/task.h"

namespace sallyport::app {

/// One kind of rows that pile up, and how to be rid of those that serve nobody any more.
struct Chore {
  std::string_view kind;  ///< a literal: the label of its metrics
  /// Removes up to so many rows and says how many that were.
  std::function<core::Task<core::Result<std::int64_t>>(int most)> remove;
  int rows_a_batch;                  ///< what a write may remove, so that others do not wait long behind it
  std::chrono::seconds interval{5};  ///< from finding nothing left to looking again
};

/// What became of one kind so far; each may be read from any thread.
struct ChoreCounters {
  std::atomic<std::uint64_t> rows = 0, batches = 0, failures = 0;
};

/// Does the chores in turns. A turn is one batch of each that is due, so that a backlog of one kind keeps none of the
/// others waiting. Between turns it rests four times as long as the last one took: behind a busy writer it is slow,
/// too. One task on one loop; owned.
class Cleaner {
 public:
  static constexpr std::chrono::milliseconds shortest_rest{10};
  static constexpr int rests_a_turn = 4;

  explicit Cleaner(const core::Clock& clock) : clock_(clock) {}
  /// Before `clean_forever`. Counters live as long as the cleaner.
  const ChoreCounters& add(Chore chore);
  /// Until the task is interrupted. A chore that fails is tried again after its interval.
  core::Task<core::Result<void>> clean_forever();

 private:
  struct Kept {
    Chore chore;
    core::Moment due{};
    ChoreCounters counters{};
  };
  core::Task<void> take_turn();
  core::Moment next_due() const;

  const core::Clock& clock_;
  std::deque<Kept> chores_;  ///< whose elements never move
};

}  // namespace sallyport::app
