#include "core/bell.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "core/fake_clock.h"
#include "core/manual_loop.h"

namespace sallyport::core {
namespace {

using std::chrono::seconds;

Task<Result<void>> sleep(Bell& bell, std::uint64_t heard, Moment until) { co_return co_await bell.wait(heard, until); }

class BellTest : public testing::Test {
 protected:
  BellTest() { bell_.hang(loop_); }
  void start(std::optional<Result<void>>& woken, TaskContext& context, std::uint64_t heard, seconds until) {
    core::start(context, sleep(bell_, heard, clock_.moment() + until), [&](Result<void> result) { woken = result; });
  }
  void turn() {
    while (loop_.turn()) {
    }
  }

  FakeClock clock_;
  ManualLoop loop_{clock_};
  TaskContext one_{loop_, Moment::max()}, other_{loop_, Moment::max()};
  Bell bell_;
};

TEST_F(BellTest, WakesAllWhoSleepFromAnyThread) {
  std::optional<Result<void>> first, second;
  start(first, one_, 0, seconds{60});
  start(second, other_, 0, seconds{60});
  turn();
  ASSERT_FALSE(first || second);

  std::thread([&] {
    bell_.ring();
    bell_.ring();
  }).join();
  turn();

  EXPECT_TRUE(first && first->has_value());
  EXPECT_TRUE(second && second->has_value());
}

TEST_F(BellTest, DoesNotLetOneSleepWhoHasNotHeardTheLastRing) {
  const auto heard = bell_.rings();
  bell_.ring();  // after the look, before the sleep
  turn();

  std::optional<Result<void>> woken;
  start(woken, one_, heard, seconds{60});

  EXPECT_TRUE(woken && woken->has_value());
}

TEST_F(BellTest, LetsThemGoWhenTheirTimeHasCome) {
  std::optional<Result<void>> woken;
  start(woken, one_, 0, seconds{60});
  clock_.advance(seconds{61});
  turn();

  EXPECT_TRUE(woken && woken->has_value());
  bell_.ring();  // reaches nobody who has gone
  turn();
}

TEST_F(BellTest, LetsGoOfAnInterruptedTaskOnce) {
  std::optional<Result<void>> woken;
  start(woken, one_, 0, seconds{60});
  bell_.ring();
  one_.interrupt(Fault::cancelled);
  turn();

  ASSERT_TRUE(woken);
  EXPECT_EQ(woken->error().code, "cancelled");
}

}  // namespace
}  // namespace sallyport::core
