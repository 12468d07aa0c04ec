#include <algorithm>
#include <set>
#include <thread>

#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;
using sessions::EndReason;
using sessions::Invalidation;

class SessionStoreContract : public StoreTest {
 protected:
  Outcome rotate(const RefreshToken& token) { return outcome(sessions().rotate_refresh(rotation_of(token))); }
  Outcome end(const Device& device) {
    return outcome(sessions().end(device.session.id, EndReason::signed_out, now(), origin));
  }
  sessions::Session session_of(const Device& device) {
    return run(sessions().find(device.session.id, now())).value().session;
  }
  std::set<core::SessionId> ended_by(const sessions::OpenSession& opening) {
    const auto opened = run(sessions().open(opening)).value();
    return {opened.ended.begin(), opened.ended.end()};
  }
};
INSTANTIATE_TEST_SUITE_P(On, SessionStoreContract, every_adapter, adapter_name);

TEST_P(SessionStoreContract, AnOpenedSessionIsFoundByItsIdAndByItsToken) {
  const auto account = registered();
  clock.advance(minutes{5});
  const auto phone = new_device(account.id, "phone");

  const auto opened = run(sessions().open(opening_of(phone))).value();

  EXPECT_EQ(opened.account.id, account.id);
  EXPECT_EQ(opened.account.email, "ann@example.org");
  EXPECT_TRUE(opened.ended.empty());
  for (const auto& view : {run(sessions().find(phone.session.id, now())).value(),
                           run(sessions().find_by_token(phone.session.token_digest, now())).value()}) {
    EXPECT_EQ(view.session.id, phone.session.id);
    EXPECT_EQ(view.session.account, account.id);
    EXPECT_EQ(view.session.credential_version, 1);
    EXPECT_EQ(view.session.device_id, "phone");
    EXPECT_EQ(view.session.created_at, now());
    EXPECT_EQ(view.session.auth_time, now());
    EXPECT_EQ(view.session.last_seen_at, now());
    EXPECT_EQ(view.session.expires_at, phone.session.expires_at);
    EXPECT_EQ(view.session.absolute_expires_at, phone.session.absolute_expires_at);
    EXPECT_EQ(view.account.id, account.id);
    EXPECT_EQ(view.account.status, AccountStatus::active);
  }
  EXPECT_EQ(events(account.id).front(), "signed_in");
  EXPECT_EQ(outcome(sessions().find(account.session->id, now())), success) << "other devices stay";
}

TEST_P(SessionStoreContract, FindsNoSessionThatNeverWas) {
  EXPECT_EQ(outcome(sessions().find(core::SessionId::fresh(now(), mint.random()), now())), session_expired);
  EXPECT_EQ(outcome(sessions().find_by_token(mint.random().bytes<32>(), now())), session_expired);
}

TEST_P(SessionStoreContract, OpeningReplacesTheSessionOfTheSameDevice) {
  const auto account = registered();
  const auto stranger = registered("bob@example.org");
  const auto bobs_phone = opened(stranger.id, "phone");
  const auto before = opened(account.id, "phone");
  clock.advance(seconds{1});
  const auto after = new_device(account.id, "phone");

  EXPECT_EQ(ended_by(opening_of(after)), std::set{before.session.id});

  EXPECT_EQ(find(before), session_expired);
  EXPECT_EQ(rotate(before.refresh_token), session_expired);
  EXPECT_EQ(find(after), success);
  EXPECT_EQ(find(bobs_phone), success) << "a device id means something within its account only";
  EXPECT_TRUE(is_invalidated(before.session.id.uuid()));
  EXPECT_EQ(std::ranges::count(events(account.id), "session_replaced"), 1);
}

TEST_P(SessionStoreContract, BeyondTheLimitTheOldestSessionsEnd) {
  const auto account = registered();  // its first session is the oldest of three
  clock.advance(seconds{1});
  const auto second = opened(account.id, "second");
  clock.advance(seconds{1});
  const auto third = opened(account.id, "third");
  clock.advance(seconds{1});
  const auto fourth = new_device(account.id, "fourth");

  EXPECT_EQ(ended_by(opening_of(fourth)), std::set{account.session->id});

  EXPECT_EQ(outcome(sessions().find(account.session->id, now())), session_expired);
  for (const auto* kept : {&second, &third, &fourth}) EXPECT_EQ(find(*kept), success);
  EXPECT_TRUE(is_invalidated(account.session->id.uuid()));
}

TEST_P(SessionStoreContract, ReplacingADeviceAtTheLimitEndsNoOther) {
  const auto account = registered();
  const auto second = opened(account.id, "second");
  const auto third = opened(account.id, "third");
  clock.advance(seconds{1});

  EXPECT_EQ(ended_by(opening_of(new_device(account.id, "third"))), std::set{third.session.id});

  EXPECT_EQ(find(second), success);
  EXPECT_EQ(outcome(sessions().find(account.session->id, now())), success);
}

TEST_P(SessionStoreContract, TheSessionJustOpenedIsNeverTheOneThatGoesThoughTheClockWentBack) {
  const auto account = registered();
  const auto second = opened(account.id, "second");
  const auto third = opened(account.id, "third");
  clock.advance(-hours{1});
  const auto fresh = new_device(account.id, "fresh");

  const auto ended = ended_by(opening_of(fresh));

  EXPECT_EQ(ended.size(), 1U);
  EXPECT_FALSE(ended.contains(fresh.session.id));
  EXPECT_EQ(find(fresh), success);
}

TEST_P(SessionStoreContract, OpensOnlyForAnActiveAccountWithTheVerifiedCredentials) {
  const auto account = registered();
  const auto phone = opened(account.id);
  const throttle::Attempt attempt{.key = {1}, .print = {1}};
  for (std::uint8_t password = 1; password <= 5; ++password) {
    run(attempts().reserve({.key = {1}, .print = {password}}, now())).value();
  }
  const auto open = [&](core::AccountId id, std::int64_t credential_version) {
    auto opening = opening_of(new_device(id, "phone"));
    opening.credential_version = credential_version;
    opening.attempt = attempt;
    return outcome(sessions().open(opening));
  };

  EXPECT_EQ(open(account.id, 2), credentials_changed);
  EXPECT_EQ(open(core::AccountId::fresh(now(), mint.random()), 1), credentials_changed);
  EXPECT_EQ(find(phone), success) << "what the refused session would have replaced";
  EXPECT_EQ(run(attempts().reserve({.key = {1}, .print = {6}}, now()))->state, throttle::Reservation::State::full);

  stores->move_credential_version(account.id);
  EXPECT_EQ(open(account.id, 1), credentials_changed);
  EXPECT_EQ(open(account.id, 2), success);
  for (const auto status : {AccountStatus::suspended, AccountStatus::deleted}) {
    ASSERT_EQ(set_status(account.id, status), success);
    EXPECT_EQ(open(account.id, 2), credentials_changed) << accounts::to_text(status);
  }
}

TEST_P(SessionStoreContract, OpeningRefundsTheAttempt) {
  const auto account = registered();
  for (std::uint8_t password = 1; password <= 5; ++password) {
    run(attempts().reserve({.key = {1}, .print = {password}}, now())).value();
  }
  auto opening = opening_of(new_device(account.id, "phone"));
  opening.attempt = {.key = {1}, .print = {3}};

  run(sessions().open(opening)).value();

  EXPECT_EQ(run(attempts().reserve({.key = {1}, .print = {6}}, now()))->state, throttle::Reservation::State::granted);
  EXPECT_EQ(run(attempts().reserve({.key = {1}, .print = {7}}, now()))->state, throttle::Reservation::State::full);
}

TEST_P(SessionStoreContract, ASessionIsLiveUntilItsExpiryAndNotAtIt) {
  const auto account = registered();
  const auto phone = opened(account.id);

  clock.advance(lifetimes.sliding - microseconds{1});
  EXPECT_EQ(find(phone), success);
  EXPECT_EQ(outcome(sessions().find_by_token(phone.session.token_digest, now())), success);

  clock.advance(microseconds{1});
  EXPECT_EQ(find(phone), session_expired);
  EXPECT_EQ(outcome(sessions().find_by_token(phone.session.token_digest, now())), session_expired);
  EXPECT_EQ(outcome(sessions().slide(phone.session.id, now(), now() + days{1})), session_expired);
  EXPECT_EQ(rotate(phone.refresh_token), session_expired);
}

TEST_P(SessionStoreContract, ASessionOfOtherCredentialsIsNotLive) {
  const auto account = registered();
  const auto phone = opened(account.id);

  stores->move_credential_version(account.id);

  EXPECT_EQ(find(phone), session_expired);
  EXPECT_EQ(outcome(sessions().find_by_token(phone.session.token_digest, now())), session_expired);
  EXPECT_EQ(outcome(sessions().slide(phone.session.id, now(), now() + days{1})), session_expired);
  EXPECT_EQ(rotate(phone.refresh_token), session_expired);
}

TEST_P(SessionStoreContract, AnEndedSessionIsGoneForEveryOperation) {
  const auto account = registered();
  const auto phone = opened(account.id);

  ASSERT_EQ(end(phone), success);

  EXPECT_EQ(find(phone), session_expired);
  EXPECT_EQ(outcome(sessions().find_by_token(phone.session.token_digest, now())), session_expired);
  EXPECT_EQ(outcome(sessions().slide(phone.session.id, now(), now() + days{1})), session_expired);
  EXPECT_EQ(rotate(phone.refresh_token), session_expired);
  EXPECT_TRUE(is_invalidated(phone.session.id.uuid()));
  EXPECT_EQ(events(account.id).front(), "session_ended");
}

TEST_P(SessionStoreContract, EndingIsIdempotentAndToldOnce) {
  const auto account = registered();
  const auto phone = opened(account.id);

  EXPECT_EQ(end(phone), success);
  const auto told = invalidations().size();
  EXPECT_EQ(end(phone), success);
  EXPECT_EQ(end(new_device(account.id, "never opened")), success);

  EXPECT_EQ(invalidations().size(), told);
  EXPECT_EQ(std::ranges::count(events(account.id), "session_ended"), 1);
}

TEST_P(SessionStoreContract, ARotationGivesTheSuccessorAndSlidesTheSession) {
  const auto phone = opened(registered().id);
  clock.advance(days{3});
  const auto asked = rotation_of(phone.refresh_token);

  const auto rotation = run(sessions().rotate_refresh(asked)).value();

  EXPECT_EQ(rotation.nonce, asked.nonce);
  EXPECT_EQ(rotation.view.session.id, phone.session.id);
  EXPECT_EQ(rotation.view.session.expires_at, now() + lifetimes.sliding);
  EXPECT_EQ(rotation.view.session.last_seen_at, now());
  EXPECT_EQ(rotation.view.account.email, "ann@example.org");
  EXPECT_EQ(session_of(phone).expires_at, now() + lifetimes.sliding);
  EXPECT_EQ(rotate(phone.refresh_token.successor(mint.keyring(), rotation.nonce)), success);
}

TEST_P(SessionStoreContract, ARotationNeverSlidesBeyondTheAbsoluteExpiry) {
  const auto phone = opened(registered().id);
  auto token = rotated(phone.refresh_token);
  for (int i = 0; i < 7; ++i) {
    clock.advance(days{12});
    token = rotated(token);
  }

  EXPECT_EQ(session_of(phone).expires_at, phone.session.absolute_expires_at);
  clock.advance(days{6});
  EXPECT_EQ(rotate(token), session_expired);
}

TEST_P(SessionStoreContract, ARetryWithinTheGraceTimeGetsTheSameSuccessor) {
  const auto phone = opened(registered().id);
  const auto first = run(sessions().rotate_refresh(rotation_of(phone.refresh_token))).value();

  for (int i = 0; i < 3; ++i) {
    const auto retried = run(sessions().rotate_refresh(rotation_of(phone.refresh_token))).value();
    EXPECT_EQ(retried.nonce, first.nonce);
    EXPECT_EQ(retried.view.session.id, phone.session.id);
  }
  clock.advance(lifetimes.refresh_grace - microseconds{1});
  EXPECT_EQ(run(sessions().rotate_refresh(rotation_of(phone.refresh_token)))->nonce, first.nonce)
      << "a retry does not lengthen the grace time";
  EXPECT_EQ(rotate(phone.refresh_token.successor(mint.keyring(), first.nonce)), success);
}

TEST_P(SessionStoreContract, AfterTheGraceTimeARetryIsReuse) {
  const auto phone = opened(registered().id);
  rotated(phone.refresh_token);

  clock.advance(lifetimes.refresh_grace);

  EXPECT_EQ(rotate(phone.refresh_token), refresh_token_reused);
}

TEST_P(SessionStoreContract, OnceTheSuccessorIsUsedTheOldTokenIsReuse) {
  const auto phone = opened(registered().id);
  const auto second = rotated(phone.refresh_token);
  rotated(second);

  EXPECT_EQ(rotate(phone.refresh_token), refresh_token_reused);
}

TEST_P(SessionStoreContract, AnOlderGenerationIsReuse) {
  const auto phone = opened(registered().id);
  const auto second = rotated(phone.refresh_token);
  clock.advance(minutes{1});
  const auto third = rotated(second);
  clock.advance(minutes{1});
  rotated(third);

  EXPECT_EQ(rotate(phone.refresh_token), refresh_token_reused);
}

TEST_P(SessionStoreContract, AnotherTokenOfTheCurrentGenerationIsReuse) {
  const auto phone = opened(registered().id);
  const auto forged = RefreshToken::first(mint.keyring(), phone.session.id, mint.random());

  EXPECT_EQ(rotate(forged), refresh_token_reused);
}

TEST_P(SessionStoreContract, AnotherTokenOfThePreviousGenerationIsReuseWithinTheGraceTimeToo) {
  const auto phone = opened(registered().id);
  rotated(phone.refresh_token);
  const auto forged = RefreshToken::first(mint.keyring(), phone.session.id, mint.random());

  EXPECT_EQ(rotate(forged), refresh_token_reused);
}

TEST_P(SessionStoreContract, ReuseEndsTheSessionForBothHolders) {
  const auto account = registered();
  const auto phone = opened(account.id);
  const auto bystander = opened(account.id, "tablet");
  const auto current = rotated(phone.refresh_token);
  clock.advance(minutes{1});

  ASSERT_EQ(rotate(phone.refresh_token), refresh_token_reused);

  EXPECT_EQ(find(phone), session_expired);
  EXPECT_EQ(rotate(current), session_expired);
  EXPECT_EQ(rotate(phone.refresh_token), session_expired) << "told once";
  EXPECT_EQ(find(bystander), success);
  EXPECT_TRUE(is_invalidated(phone.session.id.uuid()));
  const auto row = run(stores->audit_log().recent(account.id, 1)).value().at(0);
  EXPECT_EQ(row.event, "refresh_token_reused");
  EXPECT_EQ(row.session, phone.session.id);
  EXPECT_EQ(row.ip, origin.ip);
}

TEST_P(SessionStoreContract, NoncesThatServeNobodyAreWipedAndNoOthers) {
  const auto phone = opened(registered().id);
  const auto first = run(sessions().rotate_refresh(rotation_of(phone.refresh_token))).value();
  clock.advance(lifetimes.refresh_grace - microseconds{1});

  EXPECT_EQ(run(sessions().wipe_nonces(now() - lifetimes.refresh_grace, 10)).value(), 0);
  EXPECT_EQ(run(sessions().rotate_refresh(rotation_of(phone.refresh_token)))->nonce, first.nonce);

  clock.advance(seconds{1});
  EXPECT_EQ(run(sessions().wipe_nonces(now() - lifetimes.refresh_grace, 10)).value(), 1);
  auto patient = rotation_of(phone.refresh_token);
  patient.grace = hours{1};
  EXPECT_EQ(outcome(sessions().rotate_refresh(patient)), refresh_token_reused) << "the nonce is gone";
}

TEST_P(SessionStoreContract, SlidingMovesTheExpiryWithinTheAbsoluteOne) {
  const auto phone = opened(registered().id);
  clock.advance(days{1});

  const auto slid = run(sessions().slide(phone.session.id, now(), now() + days{14})).value();

  EXPECT_EQ(slid.session.expires_at, now() + days{14});
  EXPECT_EQ(slid.session.last_seen_at, now());
  EXPECT_EQ(session_of(phone).expires_at, now() + days{14});
  EXPECT_EQ(session_of(phone).last_seen_at, now());
  EXPECT_TRUE(is_invalidated(phone.session.id.uuid())) << "what is cached elsewhere would expire too early";
  EXPECT_EQ(run(sessions().slide(phone.session.id, now(), now() + days{365}))->session.expires_at,
            phone.session.absolute_expires_at);
  EXPECT_EQ(session_of(phone).expires_at, phone.session.absolute_expires_at);
}

TEST_P(SessionStoreContract, ActivityMovesLastSeenForwardOnly) {
  const auto account = registered();
  const auto phone = opened(account.id);
  const auto ended = opened(account.id, "tablet");
  ASSERT_EQ(end(ended), success);
  const auto later = now() + minutes{10};

  EXPECT_EQ(outcome(sessions().record_activity({{core::SessionId::fresh(now(), mint.random()), later, 1},
                                                {ended.session.id, later, 1},
                                                {phone.session.id, later, 3},
                                                {account.session->id, now() - minutes{1}, 1}})),
            success);

  EXPECT_EQ(session_of(phone).last_seen_at, later);
  EXPECT_EQ(run(sessions().find(account.session->id, now()))->session.last_seen_at, now());
  EXPECT_EQ(find(ended), session_expired);
}

TEST_P(SessionStoreContract, InvalidationsComeInOrderAfterTheOneAskedFor) {
  const auto account = registered();
  std::vector<Device> devices;
  for (const auto* id : {"phone", "tablet"}) devices.push_back(opened(account.id, id));
  for (const auto& device : devices) ASSERT_EQ(end(device), success);
  ASSERT_EQ(set_status(account.id, AccountStatus::suspended), success);

  const auto all = invalidations();

  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(all, std::ranges::less{}, &Invalidation::sequence));
  EXPECT_EQ(all[0].kind, Invalidation::Kind::session);
  EXPECT_EQ(all[0].subject, devices[0].session.id.uuid());
  EXPECT_EQ(all[1].subject, devices[1].session.id.uuid());
  EXPECT_EQ(all[2].kind, Invalidation::Kind::account);
  EXPECT_EQ(all[2].subject, account.id.uuid());
  const auto later = run(sessions().invalidations_after(all[1].sequence)).value();
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].sequence, all[2].sequence);
  EXPECT_TRUE(run(sessions().invalidations_after(all[2].sequence))->empty());
}

TEST_P(SessionStoreContract, InvalidationsAreForgottenLateAndTheirNumbersNeverUsedAgain) {
  const auto account = registered();
  ASSERT_EQ(end(opened(account.id)), success);
  ASSERT_EQ(end(opened(account.id)), success);
  const auto last = invalidations().back().sequence;

  clock.advance(sessions::invalidation_retention);
  EXPECT_EQ(run(sessions().remove_invalidations(now() - sessions::invalidation_retention, 10)).value(), 0);
  EXPECT_EQ(invalidations().size(), 2U);

  clock.advance(microseconds{1});
  EXPECT_EQ(run(sessions().remove_invalidations(now() - sessions::invalidation_retention, 10)).value(), 1);
  EXPECT_EQ(invalidations().size(), 1U);
  ASSERT_EQ(end(opened(account.id)), success);
  EXPECT_EQ(invalidations().back().sequence, last + 1);
}

TEST_P(SessionStoreContract, InvalidationsAreForgottenInSmallBatchesTheOldestFirst) {
  const auto account = registered();
  for (int i = 0; i < 4; ++i) ASSERT_EQ(end(opened(account.id)), success);
  const auto newest = invalidations().back().sequence;
  clock.advance(hours{1});

  EXPECT_EQ(run(sessions().remove_invalidations(now(), 2)).value(), 2);
  EXPECT_EQ(invalidations().front().sequence, newest - 1);
  EXPECT_EQ(run(sessions().remove_invalidations(now(), 2)).value(), 1);
  EXPECT_EQ(run(sessions().remove_invalidations(now(), 2)).value(), 0);
  EXPECT_EQ(invalidations().back().sequence, newest);
}

TEST_P(SessionStoreContract, ExpiredSessionsAreRemovedInSmallBatchesAndLiveOnesStay) {
  const auto account = registered();  // with a session of its own
  opened(account.id, "phone");
  opened(account.id, "tablet");
  clock.advance(lifetimes.sliding + seconds{1});
  const auto live = opened(registered("ben@example.org").id);

  EXPECT_EQ(run(sessions().remove_over(now() - seconds{1}, 10)).value(), 0) << "they expired at that moment";
  EXPECT_EQ(run(sessions().remove_over(now(), 2)).value(), 2);
  EXPECT_EQ(run(sessions().remove_over(now(), 2)).value(), 1);
  EXPECT_EQ(run(sessions().remove_over(now(), 2)).value(), 0);
  EXPECT_EQ(find(live), success);
}

TEST_P(SessionStoreContract, TheTokensOfASessionThatWasRemovedAreRefusedLikeThoseOfOneThatEnded) {
  const auto phone = opened(registered().id);
  const auto next = rotated(phone.refresh_token);
  ASSERT_EQ(end(phone), success);
  const auto before = outcome(sessions().rotate_refresh(rotation_of(phone.refresh_token)));

  clock.advance(hours{1});
  run(sessions().remove_over(now(), 10)).value();

  EXPECT_EQ(before, session_expired);
  EXPECT_EQ(outcome(sessions().rotate_refresh(rotation_of(phone.refresh_token))), session_expired);
  EXPECT_EQ(outcome(sessions().rotate_refresh(rotation_of(next))), session_expired);
  EXPECT_EQ(find(phone), session_expired);
}

TEST_P(SessionStoreContract, AnInterruptedTaskDoesNotRotate) {
  const auto phone = opened(registered().id);
  core::TaskContext context(loop, core::Moment::max());
  context.interrupt(Fault::cancelled);

  EXPECT_EQ(outcome_of(loop.run(context, sessions().rotate_refresh(rotation_of(phone.refresh_token)))), cancelled);

  clock.advance(minutes{1});
  EXPECT_EQ(rotate(phone.refresh_token), success);
}

TEST_P(SessionStoreContract, FiftyRotationsAtOnceOnSeveralLoopsLeaveOneSuccessor) {
  const auto phone = opened(registered().id);
  static constexpr std::size_t threads = 5, each = 10;
  std::vector<sessions::RotateRefresh> asked;
  for (std::size_t i = 0; i < threads * each; ++i) asked.push_back(rotation_of(phone.refresh_token));
  std::vector<std::optional<Result<sessions::Rotation>>> answers(asked.size());

  std::vector<std::thread> running;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      core::ManualLoop own(clock);
      core::TaskContext context(own, core::Moment::max());
      std::size_t open = each;
      for (std::size_t i = thread * each; i < (thread + 1) * each; ++i) {
        start(context, sessions().rotate_refresh(asked[i]), [&, i](Result<sessions::Rotation> answer) {
          answers[i].emplace(std::move(answer));
          --open;
        });
      }
      while (open > 0) own.wait_and_turn();
    });
  }
  for (auto& thread : running) thread.join();

  std::set<sessions::RefreshNonce> nonces;
  for (const auto& answer : answers) {
    ASSERT_EQ(outcome_of(*answer), success);
    nonces.insert((*answer)->nonce);
  }
  ASSERT_EQ(nonces.size(), 1U);
  EXPECT_EQ(rotate(phone.refresh_token.successor(mint.keyring(), *nonces.begin())), success);
}

TEST_P(SessionStoreContract, ARefusedOpeningDoesNotDisturbThoseBesideIt) {
  std::vector<core::AccountId> owners;
  for (int i = 0; i < 20; ++i) owners.push_back(registered("p" + std::to_string(i) + "@example.org").id);
  core::TaskContext context(loop, core::Moment::max());
  std::vector<Device> devices;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    devices.push_back(new_device(owners[i], "phone"));
    auto opening = opening_of(devices[i]);
    opening.credential_version = i % 3 == 0 ? 7 : 1;
    start(context, sessions().open(std::move(opening)), [&, i](const Result<sessions::OpenedSession>& opened) {
      EXPECT_EQ(outcome_of(opened), i % 3 == 0 ? credentials_changed : success) << i;
      ++answered;
    });
  }

  while (answered < owners.size()) loop.wait_and_turn();

  for (std::size_t i = 0; i < owners.size(); ++i) {
    EXPECT_EQ(find(devices[i]), i % 3 == 0 ? session_expired : success) << i;
  }
}

}  // namespace
}  // namespace sallyport::contract
