#include "app/heartbeat.h"

#include <gtest/gtest.h>

#include <optional>

#include "core/fake_clock.h"
#include "core/manual_loop.h"

namespace sallyport::app {
namespace {

using namespace std::chrono_literals;

class HeartbeatTest : public testing::Test {
 protected:
  void SetUp() override {
    heartbeat_.add(home_);
    heartbeat_.add(other_);
    core::start(context_, heartbeat_.beat_forever(clock_, 10s, [this] { ++beats_; }),
                [this](core::Result<void> ended) { ended_ = std::move(ended); });
  }
  void TearDown() override {
    context_.interrupt(core::Fault::cancelled);
    home_.turn();
    EXPECT_TRUE(ended_);
  }
  /// Every item runs before its interval is over, and the interval passes.
  void pass_an_interval() {
    home_.turn();
    clock_.advance(10s + 100ms);  // a tick of the wheel more
    home_.turn();
  }

  core::FakeClock clock_;
  Heartbeat heartbeat_;
  core::ManualLoop home_{clock_};
  core::ManualLoop other_{clock_};
  core::TaskContext context_{home_, core::Moment::max()};
  std::optional<core::Result<void>> ended_;
  int beats_ = 0;
};

TEST_F(HeartbeatTest, BeatsOnceAnIntervalWhileAllLoopsTurn) {
  for (int interval = 1; interval <= 3; ++interval) {
    other_.turn();
    pass_an_interval();
    EXPECT_EQ(beats_, interval);
  }
}

TEST_F(HeartbeatTest, StandsStillWhileALoopHangsAndGoesOnWhenItTurnsAgain) {
  other_.turn();
  pass_an_interval();
  ASSERT_EQ(beats_, 1);

  pass_an_interval();
  pass_an_interval();
  EXPECT_EQ(beats_, 1);

  other_.turn();
  pass_an_interval();
  EXPECT_EQ(beats_, 2);
}

}  // namespace
}  // namespace sallyport::app
