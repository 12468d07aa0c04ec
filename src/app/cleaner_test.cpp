#include "app/cleaner.h"

#include <gtest/gtest.h>

#include <optional>

#include "core/fake_clock.h"
#include "core/manual_loop.h"

namespace sallyport::app {
namespace {

using namespace std::chrono_literals;
using core::Result;
using core::Task;

class CleanerTest : public testing::Test {
 protected:
  void TearDown() override {
    if (!is_started_) return;
    context_.interrupt(core::Fault::cancelled);
    loop_.turn();
    EXPECT_TRUE(has_ended_);
  }
  /// Rows of a kind, of which each batch takes `batch_time`.
  const ChoreCounters& pile(std::string_view kind, std::int64_t& rows, std::chrono::microseconds batch_time = 0us) {
    return cleaner_.add({.kind = kind,
                         .remove = [this, &rows, batch_time](int most) { return remove(rows, most, batch_time); },
                         .rows_a_batch = 10});
  }
  Task<Result<std::int64_t>> remove(std::int64_t& rows, int most, std::chrono::microseconds batch_time) {
    clock_.advance(batch_time);
    if (is_failing_) co_return core::Result<std::int64_t>(core::fail(core::Fault::unavailable, "store_unavailable"));
    const auto removed = std::min<std::int64_t>(rows, most);
    rows -= removed;
    co_return removed;
  }
  void start() {
    is_started_ = true;
    core::start(context_, cleaner_.clean_forever(), [this](const Result<void>&) { has_ended_ = true; });
  }
  static constexpr auto interval = 5s;  // of a chore that says nothing else
  void pass(std::chrono::milliseconds time) {
    static constexpr auto tick = 10ms;
    for (; time > 0ms; time -= tick) {
      clock_.advance(tick);
      loop_.turn();
    }
  }

  core::FakeClock clock_;
  core::ManualLoop loop_{clock_};
  core::TaskContext context_{loop_, core::Moment::max()};
  Cleaner cleaner_{clock_};
  bool is_failing_ = false, is_started_ = false, has_ended_ = false;
};

TEST_F(CleanerTest, RemovesABacklogInSmallBatchesWithRestsBetween) {
  std::int64_t rows = 35;
  const auto& counters = pile("sessions", rows);

  start();
  EXPECT_EQ(rows, 25) << "one batch, then a rest";
  pass(2s);

  EXPECT_EQ(rows, 0);
  EXPECT_EQ(counters.rows, 35U);
  EXPECT_EQ(counters.batches, 4U);
}

TEST_F(CleanerTest, LooksAgainAfterTheInterval) {
  std::int64_t rows = 0;
  const auto& counters = pile("sessions", rows);
  start();

  rows = 3;
  pass(interval - 1s);
  EXPECT_EQ(rows, 3);
  pass(2s);

  EXPECT_EQ(rows, 0);
  EXPECT_EQ(counters.batches, 2U);
}

TEST_F(CleanerTest, ABacklogOfOneKindKeepsNoOtherWaiting) {
  std::int64_t many = 1'000'000, few = 0;
  pile("sessions", many);
  pile("nonces", few);
  start();

  few = 5;
  pass(interval + 1s);

  EXPECT_GT(many, 0);
  EXPECT_EQ(few, 0);
}

TEST_F(CleanerTest, RestsFourTimesAsLongAsATurnTakes) {
  std::int64_t rows = 1'000'000;
  const auto& counters = pile("sessions", rows, 100ms);
  start();

  const auto before = clock_.moment();
  while (counters.batches < 11) pass(10ms);

  EXPECT_GE(clock_.moment() - before, 10 * 500ms);
  EXPECT_LE(clock_.moment() - before, 10 * 700ms) << "with the ticks of the wheel";
}

TEST_F(CleanerTest, GoesOnAfterAFailureAtTheNextRound) {
  std::int64_t rows = 35;
  const auto& counters = pile("sessions", rows);
  is_failing_ = true;
  start();
  pass(1s);
  EXPECT_EQ(counters.failures, 1U);

  is_failing_ = false;
  pass(interval + 1s);

  EXPECT_EQ(rows, 0);
  EXPECT_EQ(counters.failures, 1U);
}

}  // namespace
}  // namespace sallyport::app
