#include <set>

#include "sessions/revoke_sessions.h"
#include "sessions/session_cache.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

inline constexpr Outcome session_not_found{Fault::not_found, "session_not_found"};

class RevokeSessions : public StoreTest {
 protected:
  static core::SessionId id_of(const Device& device) { return device.session.id; }
  Outcome revoke(core::SessionId by, core::SessionId session) {
    return outcome(sessions().revoke({.by = by, .session = session, .now = now(), .origin = origin}));
  }
  Result<std::vector<core::SessionId>> revoke_others(const Device& by) {
    return run(sessions().revoke_others(id_of(by), now(), origin));
  }

  const accounts::NewAccount ann = registered(), bob = registered("bob@example.org");
  const core::SessionId first = ann.session->id, bobs = bob.session->id;
  const Device phone = opened(ann.id, "phone");
};
INSTANTIATE_TEST_SUITE_P(On, RevokeSessions, every_adapter, adapter_name);

TEST_P(RevokeSessions, OneDeviceEndsAnotherForEveryOperation) {
  const auto laptop = opened(ann.id, "laptop");

  EXPECT_EQ(revoke(id_of(phone), id_of(laptop)), success);

  EXPECT_EQ(find(laptop), session_expired);
  EXPECT_EQ(outcome(sessions().find_by_token(laptop.session.token_digest, now())), session_expired);
  EXPECT_EQ(outcome(sessions().rotate_refresh(rotation_of(laptop.refresh_token))), session_expired);
  EXPECT_EQ(find(phone), success);
  EXPECT_TRUE(is_invalidated(id_of(laptop).uuid()));
  EXPECT_EQ(events(ann.id).front(), "session_revoked");
}

TEST_P(RevokeSessions, ADeviceMayEndItself) {
  EXPECT_EQ(revoke(id_of(phone), id_of(phone)), success);

  EXPECT_EQ(find(phone), session_expired);
  EXPECT_EQ(outcome(sessions().find(first, now())), success);
}

TEST_P(RevokeSessions, SomebodyElsesSessionIsLikeNone) {
  const auto seen = invalidations().size();

  EXPECT_EQ(revoke(id_of(phone), bobs), session_not_found);
  EXPECT_EQ(revoke(id_of(phone), core::SessionId::fresh(now(), mint.random())), session_not_found);

  EXPECT_EQ(outcome(sessions().find(bobs, now())), success);
  EXPECT_EQ(invalidations().size(), seen);
  EXPECT_EQ(events(bob.id), std::vector<std::string>{"account_registered"});
}

TEST_P(RevokeSessions, WhatHasEndedOrExpiredIsNotThereToBeEnded) {
  const auto laptop = opened(ann.id, "laptop");
  EXPECT_EQ(revoke(id_of(phone), id_of(laptop)), success);

  EXPECT_EQ(revoke(id_of(phone), id_of(laptop)), session_not_found);

  clock.advance(lifetimes.sliding - seconds{1});
  const auto tablet = opened(ann.id, "tablet");
  clock.advance(seconds{1});
  EXPECT_EQ(revoke(id_of(tablet), first), session_not_found);
}

TEST_P(RevokeSessions, ADeviceThatWasSignedOutMeanwhileEndsNoOther) {
  const auto stolen = opened(ann.id, "stolen");
  ASSERT_EQ(revoke(id_of(phone), id_of(stolen)), success);

  EXPECT_EQ(revoke(id_of(stolen), id_of(phone)), session_expired);
  EXPECT_EQ(outcome_of(revoke_others(stolen)), session_expired);

  EXPECT_EQ(find(phone), success);
}

TEST_P(RevokeSessions, AllOthersEndAndAreCounted) {
  const auto laptop = opened(ann.id, "laptop");

  const auto revoked = revoke_others(phone).value();

  EXPECT_EQ(std::set(revoked.begin(), revoked.end()), (std::set{first, id_of(laptop)}));
  for (const auto& id : revoked) {
    EXPECT_EQ(outcome(sessions().find(id, now())), session_expired);
    EXPECT_TRUE(is_invalidated(id.uuid()));
  }
  EXPECT_EQ(find(phone), success);
  EXPECT_EQ(outcome(sessions().find(bobs, now())), success);
  EXPECT_EQ(std::ranges::count(events(ann.id), "session_revoked"), 2);
  EXPECT_EQ(revoke_others(phone).value().size(), 0U);
}

TEST_P(RevokeSessions, OthersThatHadExpiredAreNotCountedAndStayEndedWhenTheClockGoesBack) {
  clock.advance(lifetimes.sliding - seconds{1});
  const auto tablet = opened(ann.id, "tablet");
  clock.advance(seconds{1});

  EXPECT_EQ(revoke_others(tablet).value().size(), 0U);

  clock.advance(-hours{1});
  EXPECT_EQ(find(phone), session_expired);
}

TEST_P(RevokeSessions, OfTwoThatEndEachOtherOneIsLeft) {
  const auto laptop = opened(ann.id, "laptop");
  core::TaskContext context{loop, core::Moment::max()};
  std::vector<Outcome> outcomes;
  for (const auto* by : {&phone, &laptop}) {
    start(context, sessions().revoke_others(id_of(*by), now(), origin),
          [&](const Result<std::vector<core::SessionId>>& done) { outcomes.push_back(outcome_of(done)); });
  }
  while (outcomes.size() < 2) loop.wait_and_turn();

  EXPECT_EQ(outcomes, (std::vector{success, session_expired}));
  EXPECT_EQ(find(phone), success);
  EXPECT_EQ(find(laptop), session_expired);
}

TEST_P(RevokeSessions, ARevokedDeviceIsRefusedHereAtOnceAndElsewhereAfterThePoll) {
  const auto laptop = opened(ann.id, "laptop");
  sessions::SessionCache here{sessions(), clock}, elsewhere{sessions(), clock};
  sessions::RevokeSessionsHandler handler{sessions(), here, clock};
  for (auto* cache : {&here, &elsewhere}) {
    run(cache->poll()).value();
    ASSERT_EQ(outcome(cache->find(id_of(laptop))), success);
  }

  ASSERT_EQ(outcome(handler.one(id_of(phone), id_of(laptop), {.origin = origin, .network = 1})), success);

  EXPECT_EQ(outcome(here.find(id_of(laptop))), session_expired);
  run(elsewhere.poll()).value();
  EXPECT_EQ(outcome(elsewhere.find(id_of(laptop))), session_expired);
}

}  // namespace
}  // namespace sallyport::contract
