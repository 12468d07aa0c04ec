#include "store_test.h"

namespace sallyport::contract {
namespace {

using State = throttle::Reservation::State;

/// Ann, and somebody who guesses at her name.
class FailedSignIn : public StoreTest {
 protected:
  static throttle::Attempt attempt(std::uint8_t password) { return {.key = {1}, .print = {password}}; }
  sessions::FailedSignIn failure(std::uint8_t password, bool has_owner = true) {
    sessions::FailedSignIn failed{.attempt = attempt(password), .notice_key = {2}, .now = now(), .origin = origin};
    if (!has_owner) return failed;
    failed.account = ann.id;
    failed.notice = mail::NewMail{.id = mail::MailId::fresh(now(), mint.random()),
                                  .kind = mail::MailKind::locked,
                                  .account = ann.id,
                                  .locale = std::nullopt,
                                  .payload = {1, 2, 3},
                                  .created_at = now()};
    return failed;
  }
  void fail(std::uint8_t password, bool has_owner = true) {
    ASSERT_EQ(run(attempts().reserve(attempt(password), now()))->state, State::granted);
    ASSERT_EQ(outcome(sessions().fail_sign_in(failure(password, has_owner))), success);
  }
  void lock(bool has_owner = true) {
    for (std::uint8_t password = 1; password <= 5; ++password) fail(password, has_owner);
    ASSERT_EQ(run(attempts().reserve(attempt(9), now()))->state, State::locked);
  }
  std::size_t mails() { return run(stores->outbox().list({}))->size(); }

  const accounts::NewAccount ann = registered();
};
INSTANTIATE_TEST_SUITE_P(On, FailedSignIn, every_adapter, adapter_name);

TEST_P(FailedSignIn, FiveLockAndOnlyThatIsToldAndAudited) {
  for (std::uint8_t password = 1; password <= 4; ++password) fail(password);
  EXPECT_EQ(mails(), 0U);
  EXPECT_EQ(events(ann.id).front(), "account_registered");

  fail(5);

  EXPECT_EQ(run(attempts().reserve(attempt(6), now()))->state, State::locked);
  EXPECT_EQ(mails(), 1U);
  EXPECT_EQ(events(ann.id).front(), "sign_in_locked");
}

TEST_P(FailedSignIn, ALockIsToldOfOnceADay) {
  lock();
  clock.advance(minutes{15});
  lock();
  clock.advance(hours{23});
  lock();
  EXPECT_EQ(mails(), 1U);

  clock.advance(hours{1});
  lock();
  EXPECT_EQ(mails(), 2U);
}

TEST_P(FailedSignIn, CleaningDoesNotForgetThatItWasTold) {
  lock();
  clock.advance(hours{23});
  run(attempts().remove_counters(now(), 100)).value();

  lock();

  EXPECT_EQ(mails(), 1U);
}

TEST_P(FailedSignIn, ANameWithoutAnAccountIsNotedAlike) {
  lock(false);
  EXPECT_EQ(mails(), 0U);

  clock.advance(minutes{15});
  lock();  // it has one now

  EXPECT_EQ(mails(), 0U);
}

TEST_P(FailedSignIn, WhatWasNeverReservedOrIsLockedAlreadyIsNotToldOf) {
  for (std::uint8_t password = 1; password <= 20; ++password)
    EXPECT_EQ(outcome(sessions().fail_sign_in(failure(password))), success);
  EXPECT_EQ(mails(), 0U);

  lock();
  EXPECT_EQ(outcome(sessions().fail_sign_in(failure(6))), success);
  EXPECT_EQ(mails(), 1U);
}

TEST_P(FailedSignIn, AHundredAndFiftyFailuresInARowLockAndStayLocked) {
  lock();
  for (std::uint8_t password = 10; password < 160; ++password) {
    ASSERT_EQ(run(attempts().reserve(attempt(password), now()))->state, State::locked);
    ASSERT_EQ(outcome(sessions().fail_sign_in(failure(password))), success);
  }

  EXPECT_EQ(run(attempts().reserve(attempt(1), now()))->locked_for, seconds{900});
  EXPECT_EQ(mails(), 1U);
}

}  // namespace
}  // namespace sallyport::contract
