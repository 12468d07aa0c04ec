#include "sessions/activity.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "core/manual_loop.h"
#include "sessions/scripted_session_store_for_test.h"

namespace sallyport::sessions {
namespace {

using std::chrono::seconds;

class ActivityTest : public testing::Test {
 protected:
  core::SessionId new_session() { return core::SessionId::fresh(clock.now(), random); }

  core::FakeClock clock;
  core::FakeRandom random;
  core::ManualLoop loop{clock};
  ScriptedSessionStore store;
  ActivityRecorder recorder{store, clock};
};

TEST_F(ActivityTest, ReportsASessionOnceHoweverOftenItWasUsed) {
  const auto session = new_session();
  for (int i = 0; i < 3; ++i) {
    recorder.used(session);
    clock.advance(seconds{1});
  }

  loop.run(recorder.report()).value();

  ASSERT_EQ(store.reports.size(), 1U);
  ASSERT_EQ(store.reports[0].size(), 1U);
  EXPECT_EQ(store.reports[0][0].session, session);
  EXPECT_EQ(store.reports[0][0].last_seen_at, clock.now() - seconds{1});
  EXPECT_EQ(store.reports[0][0].count, 3);
}

TEST_F(ActivityTest, WhatWasReportedIsForgottenAndNothingIsNotReported) {
  recorder.used(new_session());
  loop.run(recorder.report()).value();

  loop.run(recorder.report()).value();

  EXPECT_EQ(store.reports.size(), 1U);
}

TEST_F(ActivityTest, ReportsInBatchesSoThatOthersGetTheirTurn) {
  for (int i = 0; i < 1'200; ++i) recorder.used(new_session());

  loop.run(recorder.report()).value();

  std::vector<std::size_t> sizes;
  for (const auto& report : store.reports) sizes.push_back(report.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{500, 500, 200}));
}

TEST_F(ActivityTest, AFailedReportStopsAndIsTold) {
  for (int i = 0; i < 600; ++i) recorder.used(new_session());
  store.failure = core::Error{core::Fault::unavailable, "overloaded"};

  EXPECT_EQ(loop.run(recorder.report()).error().code, "overloaded");

  EXPECT_EQ(store.reports.size(), 1U);
}

TEST_F(ActivityTest, ReportsEveryIntervalUntilItIsInterrupted) {
  core::TaskContext context(loop, core::Moment::max());
  std::optional<core::Result<void>> ended;
  start(context, recorder.report_forever(), [&](core::Result<void> result) { ended.emplace(std::move(result)); });
  const auto pass = [&](core::Moment::duration time) {
    clock.advance(std::chrono::duration_cast<std::chrono::microseconds>(time));
    loop.turn();
  };

  recorder.used(new_session());
  pass(ActivityRecorder::interval - seconds{1});
  EXPECT_EQ(store.reports.size(), 0U);
  store.failure = core::Error{core::Fault::unavailable, "overloaded"};
  pass(seconds{2});
  EXPECT_EQ(store.reports.size(), 1U);
  store.failure.reset();
  recorder.used(new_session());
  pass(ActivityRecorder::interval + seconds{1});
  EXPECT_EQ(store.reports.size(), 2U) << "a failure did not end it";

  context.interrupt(core::Fault::cancelled);
  loop.turn();
  EXPECT_TRUE(ended);
}

TEST_F(ActivityTest, RemembersABoundedNumberOfSessions) {
  for (int i = 0; i < 100'010; ++i) recorder.used(new_session());

  loop.run(recorder.report()).value();

  std::size_t reported = 0;
  for (const auto& report : store.reports) reported += report.size();
  EXPECT_EQ(reported, 100'000U);
}

}  // namespace
}  // namespace sallyport::sessions
