#include "core/task.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/fake_clock.h"
#include "core/manual_loop.h"
#include "core/result.h"
#include "core/sleep.h"

namespace sallyport::core {
namespace {

using std::chrono::seconds;

Task<int> one() { co_return 1; }

Task<int> count_to(int many) {
  int sum = 0;
  for (int i = 0; i < many; ++i) sum += co_await one();
  co_return sum;
}

TEST(Task, AMillionAwaitsThatNeverSuspendNeedNoStack) {
  FakeClock clock;
  ManualLoop loop(clock);

  EXPECT_EQ(loop.run(count_to(1'000'000)), 1'000'000);
}

Task<int> throwing() {
  throw std::runtime_error("torn");
  co_return 1;
}

Task<std::string> catching() {
  try {
    co_return std::to_string(co_await throwing());
  } catch (const std::runtime_error& e) {
    co_return e.what();
  }
}

TEST(Task, AnExceptionReachesTheAwaiter) {
  FakeClock clock;
  ManualLoop loop(clock);

  EXPECT_EQ(loop.run(catching()), "torn");
}

Task<Result<void>> nap(Moment due) { co_return co_await SleepUntil(due); }
Task<Result<void>> nap_twice(Moment first, Moment second) {
  auto slept = co_await nap(first);
  if (!slept) co_return slept;
  co_return co_await nap(second);
}

TEST(Task, SleepsUntilTheClockHasMoved) {
  FakeClock clock;
  ManualLoop loop(clock);
  TaskContext context(loop, Moment::max());
  std::optional<bool> slept;
  start(context, nap_twice(clock.moment() + seconds{5}, clock.moment() + seconds{9}),
        [&](Result<void> result) { slept = result.has_value(); });

  clock.advance(seconds{6});
  loop.turn();
  EXPECT_FALSE(slept);

  clock.advance(seconds{4});
  loop.turn();
  EXPECT_EQ(slept, true);
}

TEST(Task, AnInterruptionEndsTheWaitAndEveryLaterOne) {
  FakeClock clock;
  ManualLoop loop(clock);
  TaskContext context(loop, Moment::max());
  std::optional<Result<void>> slept;
  start(context, nap_twice(clock.moment() + seconds{5}, clock.moment() + seconds{9}),
        [&](Result<void> result) { slept.emplace(std::move(result)); });

  context.interrupt(Fault::deadline_exceeded);
  context.interrupt(Fault::cancelled);
  EXPECT_FALSE(slept) << "never inside the call that interrupts";
  loop.turn();

  ASSERT_TRUE(slept);
  EXPECT_EQ(slept->error().fault, Fault::deadline_exceeded);
}

}  // namespace
}  // namespace sallyport::core
