#include "core/work_threads.h"

#include <gtest/gtest.h>

#include <latch>

#include "core/fake_clock.h"
#include "core/manual_loop.h"

namespace sallyport::core {
namespace {

class WorkThreadsTest : public testing::Test {
 protected:
  FakeClock clock;
  ManualLoop loop{clock};
};

TEST_F(WorkThreadsTest, RunWorkElsewhereAndResumeItsTaskOnItsOwnLoop) {
  WorkThreads threads(1, 4);

  const auto where =
      loop.run(threads.submit<std::thread::id>([]() -> Result<std::thread::id> { return std::this_thread::get_id(); }));

  ASSERT_TRUE(where.has_value());
  EXPECT_NE(*where, std::this_thread::get_id());
}

TEST_F(WorkThreadsTest, PassOnWhatTheWorkFailedWith) {
  WorkThreads threads(1, 4);

  const auto failed = loop.run(threads.submit<int>([]() -> Result<int> { return fail(Fault::not_found, "gone"); }));

  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, "gone");
}

TEST_F(WorkThreadsTest, RefuseWhatIsMoreThanMayWait) {
  WorkThreads threads(1, 1);
  std::latch begun{1}, may_end{1};
  TaskContext context(loop, Moment::max());
  int ended = 0;
  const auto count = [&ended](const Result<int>&) { ++ended; };

  start(context, threads.submit<int>([&]() -> Result<int> {
    begun.count_down();
    may_end.wait();
    return 1;
  }),
        count);
  begun.wait();
  TaskContext second(loop, Moment::max());
  start(second, threads.submit<int>([]() -> Result<int> { return 2; }), count);
  const auto third = loop.run(threads.submit<int>([]() -> Result<int> { return 3; }));

  ASSERT_FALSE(third.has_value());
  EXPECT_EQ(third.error().code, "overloaded");
  may_end.count_down();
  threads.stop();
  while (loop.turn()) {
  }
  EXPECT_EQ(ended, 2);
}

TEST_F(WorkThreadsTest, RefuseWorkOnceTheyAreStopped) {
  WorkThreads threads(2, 4);
  threads.stop();

  const auto refused = loop.run(threads.submit<int>([]() -> Result<int> { return 1; }));

  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "shutting_down");
}

}  // namespace
}  // namespace sallyport::core
