#include "core/handover.h"

#include <gtest/gtest.h>

#include <thread>

#include "core/fake_clock.h"
#include "core/manual_loop.h"

namespace sallyport::core {
namespace {

using Held = std::shared_ptr<Handover<int>>;

Task<Result<int>> ask(Held& held) {
  co_return co_await hand_over<int>([&held](Held handover) -> std::optional<Error> {
    held = std::move(handover);
    return std::nullopt;
  });
}

TEST(Handover, ResumesOnTheLoopWithTheOtherThreadsResult) {
  FakeClock clock;
  ManualLoop loop(clock);
  TaskContext context(loop, Moment::max());
  Held held;
  std::optional<Result<int>> got;
  start(context, ask(held), [&](Result<int> result) { got.emplace(std::move(result)); });

  std::thread([&] {
    ASSERT_TRUE(held->take());
    held->complete(42);
  }).join();
  EXPECT_FALSE(got);
  loop.turn();

  ASSERT_TRUE(got);
  EXPECT_EQ(got->value(), 42);
}

TEST(Handover, ARefusedSubmissionDoesNotSuspend) {
  FakeClock clock;
  ManualLoop loop(clock);
  TaskContext context(loop, Moment::max());
  const auto refuse = []() -> Task<Result<int>> {
    co_return co_await hand_over<int>([](Held) { return std::optional(Error{Fault::unavailable, "overloaded"}); });
  };
  std::optional<Result<int>> got;

  start(context, refuse(), [&](Result<int> result) { got.emplace(std::move(result)); });

  ASSERT_TRUE(got);
  EXPECT_EQ(got->error().code, "overloaded");
}

TEST(Handover, AnInterruptedWaitIsDroppedByTheWorkerUnstarted) {
  FakeClock clock;
  ManualLoop loop(clock);
  TaskContext context(loop, Moment::max());
  Held held;
  std::optional<Result<int>> got;
  start(context, ask(held), [&](Result<int> result) { got.emplace(std::move(result)); });

  context.interrupt(Fault::cancelled);
  loop.turn();

  ASSERT_TRUE(got);
  EXPECT_EQ(got->error().fault, Fault::cancelled);
  EXPECT_FALSE(held->take());
}

TEST(Handover, WorkThatHasBegunIsAwaitedToItsEnd) {
  FakeClock clock;
  ManualLoop loop(clock);
  TaskContext context(loop, Moment::max());
  Held held;
  std::optional<Result<int>> got;
  start(context, ask(held), [&](Result<int> result) { got.emplace(std::move(result)); });
  ASSERT_TRUE(held->take());

  context.interrupt(Fault::cancelled);
  loop.turn();
  EXPECT_FALSE(got);
  held->complete(7);
  loop.turn();

  ASSERT_TRUE(got);
  EXPECT_EQ(got->value(), 7);
}

}  // namespace
}  // namespace sallyport::core
