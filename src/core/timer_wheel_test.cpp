#include "core/timer_wheel.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/fake_clock.h"

namespace sallyport::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Bell final : Timer {
  int rung = 0;
  void expired() override { ++rung; }
};

TEST(TimerWheel, RingsNeverBeforeAndAtMostATickAfterItsMoment) {
  FakeClock clock;
  for (const auto wait :
       {milliseconds{0}, milliseconds{1}, milliseconds{100}, milliseconds{31'999}, milliseconds{100'000}}) {
    SCOPED_TRACE(wait.count());
    TimerWheel wheel(clock.moment());
    Bell bell;
    const auto due = clock.moment() + wait;
    wheel.schedule(bell, due);

    while (bell.rung == 0 && clock.moment() < due + seconds{1}) {
      clock.advance(milliseconds{1});
      wheel.advance(clock.moment());
    }

    EXPECT_EQ(bell.rung, 1);
    EXPECT_GE(clock.moment(), due);
    EXPECT_LE(clock.moment(), due + TimerWheel::tick + milliseconds{1});
    EXPECT_TRUE(wheel.is_empty());
  }
}

TEST(TimerWheel, AJumpOfTheClockExpiresEverythingOnce) {
  FakeClock clock;
  TimerWheel wheel(clock.moment());
  std::array<Bell, 50> bells;
  for (std::size_t i = 0; i < bells.size(); ++i) wheel.schedule(bells[i], clock.moment() + seconds{i * 3});

  clock.advance(std::chrono::hours{1});
  wheel.advance(clock.moment());
  wheel.advance(clock.moment());

  for (const auto& bell : bells) EXPECT_EQ(bell.rung, 1);
}

TEST(TimerWheel, MovedAndDestroyedTimersDoNotRingWhereTheyWere) {
  FakeClock clock;
  TimerWheel wheel(clock.moment());
  Bell moved;
  wheel.schedule(moved, clock.moment() + seconds{1});
  wheel.schedule(moved, clock.moment() + seconds{10});
  {
    Bell gone;
    wheel.schedule(gone, clock.moment() + seconds{1});
  }

  clock.advance(seconds{2});
  wheel.advance(clock.moment());
  EXPECT_EQ(moved.rung, 0);

  clock.advance(seconds{9});
  wheel.advance(clock.moment());
  EXPECT_EQ(moved.rung, 1);
}

TEST(TimerWheel, ATimerThatSchedulesItselfFromItsOwnExpiryDoesNotSpin) {
  struct Periodic final : Timer {
    TimerWheel& wheel;
    FakeClock& clock;
    int rung = 0;
    Periodic(TimerWheel& w, FakeClock& c) : wheel(w), clock(c) {}
    void expired() override {
      ++rung;
      wheel.schedule(*this, clock.moment());
    }
  };
  FakeClock clock;
  TimerWheel wheel(clock.moment());
  Periodic periodic(wheel, clock);
  wheel.schedule(periodic, clock.moment());

  clock.advance(seconds{1});
  wheel.advance(clock.moment());

  EXPECT_EQ(periodic.rung, 1);
}

}  // namespace
}  // namespace sallyport::core
