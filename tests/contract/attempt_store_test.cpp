#include "store_test.h"

namespace sallyport::contract {
namespace {

using throttle::Attempt;
using throttle::Reservation;
using throttle::Verdict;
using State = throttle::Reservation::State;

/// The default rules: five guesses, a quarter of an hour, a minute for a reservation.
class AttemptStoreContract : public StoreTest {
 protected:
  static Attempt attempt(std::uint8_t password, std::uint8_t name = 1) { return {.key = {name}, .print = {password}}; }
  Reservation reserve(Attempt attempt) { return run(attempts().reserve(attempt, now())).value(); }
  void settle(Attempt attempt, Verdict verdict) { run(attempts().settle(attempt, verdict, now())).value(); }
  void fail(Attempt attempt) {
    ASSERT_EQ(reserve(attempt).state, State::granted);
    settle(attempt, Verdict::failed);
  }
  /// As many wrong passwords as there are guesses.
  void lock(std::uint8_t name = 1) {
    for (std::uint8_t password = 1; password <= 5; ++password) fail(attempt(password, name));
  }
};
INSTANTIATE_TEST_SUITE_P(On, AttemptStoreContract, every_adapter, adapter_name);

TEST_P(AttemptStoreContract, FiveDifferentPasswordsMayBeUndecidedAndTheSixthWaits) {
  for (std::uint8_t password = 1; password <= 5; ++password) {
    EXPECT_EQ(reserve(attempt(password)).state, State::granted);
  }

  EXPECT_EQ(reserve(attempt(6)).state, State::full);
  EXPECT_EQ(reserve(attempt(6)).state, State::full) << "asking takes nothing";

  settle(attempt(2), Verdict::refunded);
  EXPECT_EQ(reserve(attempt(6)).state, State::granted);
  EXPECT_EQ(reserve(attempt(7)).state, State::full);
}

TEST_P(AttemptStoreContract, FailuresAndUndecidedAttemptsShareTheFive) {
  for (std::uint8_t password = 1; password <= 3; ++password) fail(attempt(password));
  EXPECT_EQ(reserve(attempt(4)).state, State::granted);
  EXPECT_EQ(reserve(attempt(5)).state, State::granted);

  EXPECT_EQ(reserve(attempt(6)).state, State::full);
}

TEST_P(AttemptStoreContract, EqualAttemptsShareOneReservationAndCountOnce) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(reserve(attempt(1)).state, State::granted);
  for (std::uint8_t password = 2; password <= 5; ++password) {
    EXPECT_EQ(reserve(attempt(password)).state, State::granted);
  }
  ASSERT_EQ(reserve(attempt(6)).state, State::full);

  for (int i = 0; i < 20; ++i) settle(attempt(1), Verdict::failed);
  for (std::uint8_t password = 2; password <= 4; ++password) settle(attempt(password), Verdict::failed);

  EXPECT_EQ(reserve(attempt(6)).state, State::full) << "four failures and one undecided";
  settle(attempt(5), Verdict::refunded);
  EXPECT_EQ(reserve(attempt(6)).state, State::granted);
}

TEST_P(AttemptStoreContract, ASharedReservationIsRefundedByItsLastHolder) {
  for (std::uint8_t password = 1; password <= 5; ++password) reserve(attempt(password));
  reserve(attempt(1));

  settle(attempt(1), Verdict::refunded);
  EXPECT_EQ(reserve(attempt(6)).state, State::full);

  settle(attempt(1), Verdict::refunded);
  EXPECT_EQ(reserve(attempt(6)).state, State::granted);
}

TEST_P(AttemptStoreContract, OneHoldersFailureCountsThoughAnotherIsRefunded) {
  reserve(attempt(1));
  reserve(attempt(1));

  settle(attempt(1), Verdict::refunded);
  settle(attempt(1), Verdict::failed);

  for (std::uint8_t password = 2; password <= 5; ++password) {
    EXPECT_EQ(reserve(attempt(password)).state, State::granted);
  }
  EXPECT_EQ(reserve(attempt(6)).state, State::full);
}

TEST_P(AttemptStoreContract, FiveFailuresLockForAQuarterOfAnHour) {
  lock();

  const auto refused = reserve(attempt(1));
  EXPECT_EQ(refused.state, State::locked);
  EXPECT_EQ(refused.locked_for, seconds{900});
  clock.advance(seconds{899});
  EXPECT_EQ(reserve(attempt(9)).state, State::locked);
  EXPECT_EQ(reserve(attempt(9)).locked_for, seconds{1});
  clock.advance(seconds{1});
  EXPECT_EQ(reserve(attempt(9)).state, State::granted);
}

TEST_P(AttemptStoreContract, EveryFurtherLockIsTwiceAsLong) {
  for (const auto length : {seconds{900}, seconds{1800}, seconds{3600}}) {
    lock();
    EXPECT_EQ(reserve(attempt(1)).locked_for, length);
    clock.advance(length);
  }
}

TEST_P(AttemptStoreContract, CountingOnNeverUnlocks) {
  lock();
  for (std::uint8_t password = 1; password <= 50; ++password) {
    EXPECT_EQ(reserve(attempt(password)).state, State::locked);
    settle(attempt(password), Verdict::failed);
    settle(attempt(password), Verdict::refunded);
  }

  EXPECT_EQ(reserve(attempt(1)).state, State::locked);
  EXPECT_EQ(reserve(attempt(1)).locked_for, seconds{900}) << "nor does it lengthen the lock";
}

TEST_P(AttemptStoreContract, AReservationNobodySettledExpires) {
  for (std::uint8_t password = 1; password <= 5; ++password) reserve(attempt(password));
  clock.advance(seconds{60} - microseconds{1});
  ASSERT_EQ(reserve(attempt(6)).state, State::full);

  clock.advance(microseconds{1});

  EXPECT_EQ(reserve(attempt(6)).state, State::granted);
  settle(attempt(1), Verdict::failed);  // what came back from the dead finds its place gone
  for (std::uint8_t password = 7; password <= 10; ++password) {
    EXPECT_EQ(reserve(attempt(password)).state, State::granted);
  }
}

TEST_P(AttemptStoreContract, SharingAReservationRenewsIt) {
  reserve(attempt(1));
  clock.advance(seconds{59});
  reserve(attempt(1));
  for (std::uint8_t password = 2; password <= 5; ++password) reserve(attempt(password));

  clock.advance(seconds{59});

  EXPECT_EQ(reserve(attempt(6)).state, State::full);
}

TEST_P(AttemptStoreContract, AFailureIsForgottenInAQuarterOfAnHour) {
  for (std::uint8_t password = 1; password <= 4; ++password) fail(attempt(password));
  reserve(attempt(5));
  ASSERT_EQ(reserve(attempt(6)).state, State::full);

  clock.advance(seconds{899});
  settle(attempt(5), Verdict::refunded);
  EXPECT_EQ(reserve(attempt(6)).state, State::granted);
  EXPECT_EQ(reserve(attempt(7)).state, State::full);
  clock.advance(seconds{1});
  EXPECT_EQ(reserve(attempt(7)).state, State::granted) << "three failures left";
}

TEST_P(AttemptStoreContract, SettlingWhatWasNeverReservedChangesNothing) {
  for (std::uint8_t password = 1; password <= 20; ++password) settle(attempt(password), Verdict::failed);
  settle(attempt(1), Verdict::refunded);

  EXPECT_EQ(reserve(attempt(1)).state, State::granted);
  for (std::uint8_t password = 2; password <= 5; ++password) {
    EXPECT_EQ(reserve(attempt(password)).state, State::granted);
  }
  EXPECT_EQ(reserve(attempt(6)).state, State::full);
}

TEST_P(AttemptStoreContract, NamesDoNotTouchEachOther) {
  lock(1);

  for (std::uint8_t password = 1; password <= 5; ++password) {
    EXPECT_EQ(reserve(attempt(password, 2)).state, State::granted);
  }
  settle(attempt(1, 2), Verdict::refunded);
  EXPECT_EQ(reserve(attempt(9, 1)).state, State::locked);
}

TEST_P(AttemptStoreContract, NothingThatStillCountsIsRemoved) {
  lock(1);
  for (std::uint8_t password = 1; password <= 4; ++password) fail(attempt(password, 2));
  clock.advance(std::chrono::minutes{14});

  EXPECT_EQ(run(attempts().remove_counters(now(), 10)).value(), 0);
  EXPECT_EQ(run(attempts().remove_reservations(now(), 10)).value(), 0);

  EXPECT_EQ(reserve(attempt(9, 1)).state, State::locked);
  EXPECT_EQ(reserve(attempt(9, 2)).state, State::granted);
  EXPECT_EQ(reserve(attempt(10, 2)).state, State::full) << "four failures and one undecided";
}

TEST_P(AttemptStoreContract, ALockRemembersWhileOthersAreRemovedHowLongTheNextOneLasts) {
  lock(1);
  clock.advance(std::chrono::hours{2});

  EXPECT_EQ(run(attempts().remove_counters(now(), 10)).value(), 0);
  EXPECT_EQ(run(attempts().remove_reservations(now(), 10)).value(), 0);
  lock(1);

  EXPECT_EQ(reserve(attempt(9, 1)).locked_for, std::chrono::minutes{30});
}

TEST_P(AttemptStoreContract, WhatHasDecayedIsRemovedInSmallBatchesAndALockedNameNever) {
  for (std::uint8_t name = 2; name <= 4; ++name) fail(attempt(1, name));
  clock.advance(std::chrono::hours{30});
  lock(1);
  for (std::uint8_t name = 2; name <= 4; ++name) reserve(attempt(1, name + 10));
  clock.advance(std::chrono::minutes{2});

  EXPECT_EQ(run(attempts().remove_counters(now(), 2)).value(), 2);
  EXPECT_EQ(run(attempts().remove_counters(now(), 2)).value(), 1);
  EXPECT_EQ(run(attempts().remove_counters(now(), 2)).value(), 0);
  EXPECT_EQ(run(attempts().remove_reservations(now(), 2)).value(), 2);
  EXPECT_EQ(run(attempts().remove_reservations(now(), 2)).value(), 1);
  EXPECT_EQ(run(attempts().remove_reservations(now(), 2)).value(), 0);
  EXPECT_EQ(reserve(attempt(9, 1)).state, State::locked);
}

TEST_P(AttemptStoreContract, AnInterruptedTaskReservesNothing) {
  core::TaskContext context(loop, core::Moment::max());
  context.interrupt(Fault::cancelled);
  for (std::uint8_t password = 1; password <= 5; ++password) {
    EXPECT_EQ(outcome_of(loop.run(context, attempts().reserve(attempt(password), now()))), cancelled);
  }

  EXPECT_EQ(reserve(attempt(6)).state, State::granted);
}

}  // namespace
}  // namespace sallyport::contract
