#include "adapters/system/system_clock.h"

#include <gtest/gtest.h>

namespace sallyport::system_adapter {
namespace {

TEST(SystemClock, TellsTheTimeOfTheMachine) {
  const SystemClock clock;

  const auto before = std::chrono::system_clock::now();
  const auto told = clock.now();
  const auto after = std::chrono::system_clock::now();

  EXPECT_LE(before - std::chrono::microseconds(1), told);
  EXPECT_LE(told, after);
}

TEST(SystemClock, NeverGoesBackInItsMoments) {
  const SystemClock clock;

  const auto earlier = clock.moment();

  EXPECT_LE(earlier, clock.moment());
}

}  // namespace
}  // namespace sallyport::system_adapter
