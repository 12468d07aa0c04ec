#include "sessions/session_cache.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "core/manual_loop.h"
#include "sessions/scripted_session_store_for_test.h"

namespace sallyport::sessions {
namespace {

using core::Fault;
using core::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// One check on its way: its own context, so that it can be interrupted.
struct Check {
  explicit Check(core::Loop& loop) : context(loop, core::Moment::max()) {}
  core::TaskContext context;
  std::optional<Result<SharedView>> answer;
  std::string_view code() const { return !answer ? "waiting" : *answer ? "live" : answer->error().code; }
};

class SessionCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    store.live.emplace(session, view);
    store.tokens.emplace(token, session);
    ASSERT_TRUE(loop.run(cache.poll()));
  }
  SessionView view_of(core::SessionId id, core::AccountId owner) {
    return {.session = {.id = id,
                        .account = owner,
                        .credential_version = 1,
                        .device_id = "phone",
                        .created_at = clock.now(),
                        .auth_time = clock.now(),
                        .last_seen_at = clock.now(),
                        .expires_at = clock.now() + std::chrono::hours{1},
                        .absolute_expires_at = clock.now() + std::chrono::hours{2}},
            .account = {.id = owner, .email = "ann@example.org"}};
  }
  std::unique_ptr<Check> begin() {
    auto check = std::make_unique<Check>(loop);
    start(check->context, cache.find(session),
          [&answer = check->answer](Result<SharedView> result) { answer.emplace(std::move(result)); });
    return check;
  }
  std::string_view find() {
    auto check = begin();
    settle();
    return check->code();
  }
  void settle() {
    while (loop.turn()) continue;
  }
  /// What a revocation does, in its order.
  void revoke() {
    store.live.erase(session);
    cache.invalidate(session);
  }

  core::FakeClock clock;
  core::FakeRandom random;
  core::ManualLoop loop{clock};
  ScriptedSessionStore store;
  const core::AccountId account = core::AccountId::fresh(clock.now(), random);
  const core::SessionId session = core::SessionId::fresh(clock.now(), random);
  const core::Digest token = random.bytes<32>();
  const SessionView view = view_of(session, account);
  SessionCache cache{store, clock};
};

TEST_F(SessionCacheTest, AsksTheStoreOnce) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(find(), "live");

  EXPECT_EQ(store.reads, 1);
  EXPECT_EQ(cache.counters().hits, 4U);
  EXPECT_EQ(cache.counters().misses, 1U);
}

TEST_F(SessionCacheTest, ASessionThatIsNotLiveIsAskedForEachTime) {
  store.live.clear();

  EXPECT_EQ(find(), "session_expired");
  EXPECT_EQ(find(), "session_expired");

  EXPECT_EQ(store.reads, 2);
}

TEST_F(SessionCacheTest, ACachedSessionPastItsTimeIsAskedForAgain) {
  EXPECT_EQ(find(), "live");

  for (int i = 0; i < 59; ++i) {  // polled all the while, and looked at within the cache's own time to live
    clock.advance(seconds{61});
    loop.run(cache.poll()).value();
    EXPECT_EQ(find(), "live");
  }
  const auto reads = store.reads;
  clock.advance(view.session.expires_at - clock.now());
  loop.run(cache.poll()).value();

  EXPECT_EQ(find(), "live") << "refreshed elsewhere, which moved its expiry";
  store.live.clear();
  EXPECT_EQ(find(), "session_expired");
  EXPECT_EQ(store.reads, reads + 2);
}

TEST_F(SessionCacheTest, ATokenLeadsToTheCachedSession) {
  for (int i = 0; i < 5; ++i) {
    const auto found = loop.run(cache.find_by_token(token)).value();
    EXPECT_EQ(found->session.id, session);
  }
  EXPECT_EQ(store.reads, 2) << "once by token, once by id";
  EXPECT_EQ(loop.run(cache.find_by_token(random.bytes<32>())).error().code, "session_expired");

  revoke();
  EXPECT_EQ(loop.run(cache.find_by_token(token)).error().code, "session_expired");
}

TEST_F(SessionCacheTest, ThoseWhoMissAtOnceShareOneRead) {
  store.hold();
  std::vector<std::unique_ptr<Check>> checks;
  for (int i = 0; i < 5; ++i) checks.push_back(begin());
  settle();
  EXPECT_EQ(store.reads, 1);
  EXPECT_EQ(checks[4]->code(), "waiting");

  store.release();
  settle();

  for (const auto& check : checks) EXPECT_EQ(check->code(), "live");
  EXPECT_EQ(store.reads, 1);
}

TEST_F(SessionCacheTest, ThoseWhoShareAReadShareItsFailureButNobodyLaterDoes) {
  store.hold();
  store.failure = core::Error{Fault::unavailable, "overloaded"};
  const auto leader = begin(), follower = begin();
  store.release();
  settle();
  EXPECT_EQ(leader->code(), "overloaded");
  EXPECT_EQ(follower->code(), "overloaded");

  store.failure.reset();

  EXPECT_EQ(find(), "live");
}

TEST_F(SessionCacheTest, AFollowerSurvivesItsLeadersCancellation) {
  store.hold();
  const auto leader = begin(), first = begin(), second = begin();

  leader->context.interrupt(Fault::cancelled);
  settle();
  EXPECT_EQ(leader->code(), "cancelled");
  EXPECT_EQ(first->code(), "waiting");
  EXPECT_EQ(store.reads, 2) << "one follower leads now";
  store.release();
  settle();

  EXPECT_EQ(first->code(), "live");
  EXPECT_EQ(second->code(), "live");
  EXPECT_EQ(store.reads, 2);
}

TEST_F(SessionCacheTest, AFollowerThatGivesUpDisturbsNobody) {
  store.hold();
  const auto leader = begin(), follower = begin(), other = begin();

  follower->context.interrupt(Fault::deadline_exceeded);
  settle();
  EXPECT_EQ(follower->code(), "deadline_exceeded");
  store.release();
  settle();

  EXPECT_EQ(leader->code(), "live");
  EXPECT_EQ(other->code(), "live");
}

TEST_F(SessionCacheTest, WhatWasReadBeforeARevocationIsNotRemembered) {
  store.hold();
  const auto before = begin();  // has read it as live, and is still on its way
  revoke();
  store.release();
  settle();
  EXPECT_EQ(before->code(), "live") << "it began before";

  EXPECT_EQ(find(), "session_expired");
}

TEST_F(SessionCacheTest, WhoComesAfterARevocationIsNotAnsweredByAReadFromBeforeIt) {
  store.hold();
  const auto before = begin();
  revoke();
  const auto after = begin();
  store.release();
  settle();

  EXPECT_EQ(before->code(), "live");
  EXPECT_EQ(after->code(), "session_expired");
}

TEST_F(SessionCacheTest, ARevokedSessionOrAccountIsForgotten) {
  EXPECT_EQ(find(), "live");
  store.live.clear();
  EXPECT_EQ(find(), "live") << "nobody said so yet";
  cache.invalidate(session);
  EXPECT_EQ(find(), "session_expired");

  store.live.emplace(session, view);
  EXPECT_EQ(find(), "live");
  store.live.clear();
  cache.invalidate(core::AccountId::fresh(clock.now(), random));
  EXPECT_EQ(find(), "live");
  cache.invalidate(account);
  EXPECT_EQ(find(), "session_expired");
}

TEST_F(SessionCacheTest, APollAppliesWhatOthersInvalidated) {
  using Kind = Invalidation::Kind;
  for (const auto& change :
       {Invalidation{1, Kind::session, session.uuid()}, Invalidation{2, Kind::account, account.uuid()}}) {
    store.live.emplace(session, view);
    EXPECT_EQ(find(), "live");
    store.live.clear();
    store.invalidations.push_back(change);
    EXPECT_EQ(find(), "live");

    loop.run(cache.poll()).value();

    EXPECT_EQ(find(), "session_expired");
  }
}

TEST_F(SessionCacheTest, AnInvalidationSeenOutOfOrderIsAppliedAndAppliedOnce) {
  const auto other = core::SessionId::fresh(clock.now(), random);
  store.invalidations = {{7, Invalidation::Kind::session, other.uuid()}};
  loop.run(cache.poll()).value();
  EXPECT_EQ(find(), "live");
  store.live.clear();
  store.invalidations = {{6, Invalidation::Kind::session, session.uuid()},
                         {7, Invalidation::Kind::session, other.uuid()}};

  loop.run(cache.poll()).value();
  EXPECT_EQ(find(), "session_expired") << "committed late, with a number below what was seen";

  store.live.emplace(session, view);
  EXPECT_EQ(find(), "live");
  const auto reads = store.reads;
  loop.run(cache.poll()).value();
  EXPECT_EQ(find(), "live");
  EXPECT_EQ(store.reads, reads) << "the overlap shows it again, to no effect";
}

TEST_F(SessionCacheTest, WithoutAGoodPollOfLateTheStoreIsAskedEachTime) {
  EXPECT_EQ(find(), "live");
  clock.advance(SessionCache::invalidation_age);
  EXPECT_EQ(find(), "live");
  EXPECT_EQ(store.reads, 1);

  clock.advance(milliseconds{1});
  store.live.clear();
  EXPECT_EQ(find(), "session_expired");
  EXPECT_EQ(find(), "session_expired");
  EXPECT_EQ(store.reads, 3);
  EXPECT_EQ(cache.counters().bypassed, 2U);

  store.failure = core::Error{Fault::unavailable, "store_unavailable"};
  EXPECT_FALSE(loop.run(cache.poll()));
  EXPECT_EQ(find(), "store_unavailable") << "a failed poll is none";
  store.failure.reset();
  store.live.emplace(session, view);
  loop.run(cache.poll()).value();
  EXPECT_EQ(find(), "live");
  EXPECT_EQ(cache.counters().bypassed, 3U);
}

TEST_F(SessionCacheTest, ACacheThatWasNeverPolledIsBypassed) {
  SessionCache fresh(store, clock);

  loop.run(fresh.find(session)).value();
  loop.run(fresh.find(session)).value();

  EXPECT_EQ(store.reads, 2);
  EXPECT_EQ(fresh.size(), 0U);
}

TEST_F(SessionCacheTest, PollsUntilItIsInterruptedAndThroughFailures) {
  core::TaskContext context(loop, core::Moment::max());
  std::optional<Result<void>> ended;
  start(context, cache.poll_forever(), [&](Result<void> result) { ended.emplace(std::move(result)); });
  const auto next_poll = [&] {
    clock.advance(SessionCache::poll_interval + core::TimerWheel::tick);
    loop.turn();
  };
  EXPECT_EQ(find(), "live");

  store.failure = core::Error{Fault::unavailable, "store_unavailable"};
  next_poll();
  store.failure.reset();
  store.live.clear();
  store.invalidations = {{1, Invalidation::Kind::session, session.uuid()}};
  next_poll();

  EXPECT_EQ(find(), "session_expired");
  EXPECT_EQ(cache.counters().bypassed, 0U);
  context.interrupt(Fault::cancelled);
  settle();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error().code, "cancelled");
}

}  // namespace
}  // namespace sallyport::sessions
