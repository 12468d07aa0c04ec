#include "core/signal.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/manual_loop.h"

namespace sallyport::core {
namespace {

class SignalTest : public testing::Test {
 protected:
  /// Waits until `is_ready` or interrupted; gives how often it was woken.
  Task<int> wait_until_ready() {
    int count = 0;
    while (!is_ready && !context.interruption()) {
      co_await signal.wait();
      ++count;
    }
    co_return count;
  }
  void begin() {
    start(context, wait_until_ready(), [this](int woken) { wakes = woken; });
  }

  FakeClock clock;
  ManualLoop loop{clock};
  TaskContext context{loop, Moment::max()};
  Signal signal;
  bool is_ready = false;
  std::optional<int> wakes;
};

TEST_F(SignalTest, WakesItsWaiterInTheNextTurnAndNotInsideTheCall) {
  begin();
  is_ready = true;

  signal.notify();
  EXPECT_FALSE(wakes);
  loop.turn();

  EXPECT_EQ(wakes, 1);
}

TEST_F(SignalTest, SeveralNotificationsBeforeATurnWakeOnce) {
  begin();
  for (int i = 0; i < 3; ++i) signal.notify();
  loop.turn();
  is_ready = true;
  signal.notify();
  loop.turn();

  EXPECT_EQ(wakes, 2);
}

TEST_F(SignalTest, ANotificationWithoutAWaiterIsForgotten) {
  signal.notify();
  begin();

  EXPECT_FALSE(loop.turn());
  EXPECT_FALSE(wakes);

  is_ready = true;
  signal.notify();
  loop.turn();
  EXPECT_EQ(wakes, 1);
}

TEST_F(SignalTest, AnInterruptionWakesTheWaiter) {
  begin();

  context.interrupt(Fault::cancelled);
  EXPECT_FALSE(wakes);
  loop.turn();

  EXPECT_EQ(wakes, 1);
}

TEST_F(SignalTest, AnInterruptionBesideANotificationWakesOnce) {
  begin();
  signal.notify();
  context.interrupt(Fault::cancelled);
  loop.turn();

  EXPECT_EQ(wakes, 1);
  EXPECT_FALSE(loop.turn());
}

TEST_F(SignalTest, AnInterruptedTaskDoesNotWaitAtAll) {
  const auto wait_once = [](Signal& waited) -> Task<int> {
    co_await waited.wait();
    co_return 0;
  };
  context.interrupt(Fault::deadline_exceeded);

  start(context, wait_once(signal), [this](int woken) { wakes = woken; });

  EXPECT_EQ(wakes, 0);
}

}  // namespace
}  // namespace sallyport::core
