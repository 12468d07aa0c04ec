#include "core/shield.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/handover.h"
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
Task<Result<int>> at_once() { co_return 3; }
Task<Result<int>> shielded(Task<Result<int>> work, Moment deadline) {
  co_return co_await Shielded(std::move(work), deadline);
}

class ShieldedTest : public testing::Test {
 protected:
  void begin(Task<Result<int>> work) {
    start(context, shielded(std::move(work), clock.moment() + std::chrono::seconds{10}),
          [this](Result<int> result) { got.emplace(std::move(result)); });
  }

  FakeClock clock;
  ManualLoop loop{clock};
  TaskContext context{loop, Moment::max()};
  Held held;
  std::optional<Result<int>> got;
};

TEST_F(ShieldedTest, AnInterruptionOfTheCallerDoesNotReachTheWork) {
  begin(ask(held));

  context.interrupt(Fault::cancelled);
  loop.turn();
  EXPECT_FALSE(got);
  ASSERT_TRUE(held->take());
  held->complete(42);
  while (!got) ASSERT_TRUE(loop.turn());

  EXPECT_EQ(got->value(), 42);
}

TEST_F(ShieldedTest, WorkBegunByAnInterruptedTaskIsDoneAllTheSame) {
  context.interrupt(Fault::deadline_exceeded);

  begin(ask(held));

  ASSERT_TRUE(held);
  ASSERT_TRUE(held->take());
  held->complete(7);
  while (!got) ASSERT_TRUE(loop.turn());
  EXPECT_EQ(got->value(), 7);
}

TEST_F(ShieldedTest, WorkThatNeverWaitsGivesItsValueAtOnce) {
  begin(at_once());

  ASSERT_TRUE(got);
  EXPECT_EQ(got->value(), 3);
}

TEST_F(ShieldedTest, TheWorkSeesTheDeadlineItWasGiven) {
  begin(ask(held));

  EXPECT_EQ(held->deadline(), clock.moment() + std::chrono::seconds{10});
  ASSERT_TRUE(held->take());
  held->complete(0);
  while (!got) ASSERT_TRUE(loop.turn());
}

}  // namespace
}  // namespace sallyport::core
