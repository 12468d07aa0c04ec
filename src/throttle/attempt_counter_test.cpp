#include "throttle/attempt_counter.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace sallyport::throttle {
namespace {

using core::Timestamp;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr AttemptRules rules;
constexpr Timestamp start{std::chrono::seconds{1'767'225'600}};

AttemptCounter fail(AttemptCounter counter, Timestamp now) {
  return after_failure(decayed(std::move(counter), now, rules), now, rules);
}

/// Wrong passwords until it locks, at `now`.
AttemptCounter lock(AttemptCounter counter, Timestamp now) {
  for (int i = 0; i < 5; ++i) counter = fail(counter, now);
  return counter;
}

TEST(AttemptCounter, OneFailureIsForgottenAQuarterOfAnHour) {
  const AttemptCounter four{.failures = 4, .failures_since = start};
  static constexpr struct {
    microseconds later;
    std::int64_t failures;
    microseconds since;
  } cases[] = {
      {seconds{0}, 4, seconds{0}},
      {minutes{15} - microseconds{1}, 4, seconds{0}},
      {minutes{15}, 3, minutes{15}},
      {minutes{29}, 3, minutes{15}},
      {minutes{30}, 2, minutes{30}},
      {minutes{60}, 0, minutes{60}},
      {days{3650}, 0, minutes{60}},
      {-minutes{15}, 4, seconds{0}},  // the clock went back: nothing is forgotten, nothing is added
      {-days{365}, 4, seconds{0}},
  };
  for (const auto& [later, failures, since] : cases) {
    SCOPED_TRACE(later.count());
    EXPECT_EQ(decayed(four, start + later, rules),
              (AttemptCounter{.failures = failures, .failures_since = start + since}));
  }
}

TEST(AttemptCounter, DecayInManyStepsIsDecayInOne) {
  const AttemptCounter four{.failures = 4, .failures_since = start};
  auto stepped = four;
  for (auto at = start; at <= start + hours{2}; at += seconds{37}) {
    stepped = decayed(stepped, at, rules);
    EXPECT_EQ(stepped, decayed(four, at, rules));
  }
}

TEST(AttemptCounter, AFreshCounterHasNothingToForget) { EXPECT_EQ(decayed({}, start, rules), AttemptCounter{}); }

TEST(AttemptCounter, TheFirstFailureStartsTheClock) {
  const auto one = fail({}, start);
  EXPECT_EQ(one, (AttemptCounter{.failures = 1, .failures_since = start}));

  const auto two = fail(one, start + minutes{5});
  EXPECT_EQ(two, (AttemptCounter{.failures = 2, .failures_since = start})) << "later ones do not restart it";
}

TEST(AttemptCounter, TheFifthFailureLocksAndStartsOverTheCount) {
  auto counter = AttemptCounter{};
  for (int i = 0; i < 4; ++i) counter = fail(counter, start);
  EXPECT_EQ(counter.locked_until, std::nullopt);

  EXPECT_EQ(
      fail(counter, start),
      (AttemptCounter{.failures = 0, .failures_since = start, .locked_until = start + minutes{15}, .lock_level = 1}));
}

TEST(AttemptCounter, EachLockIsTwiceTheOneBeforeUpToADay) {
  AttemptCounter counter;
  auto now = start;
  for (const auto length : std::vector<seconds>{minutes{15}, minutes{30}, hours{1}, hours{2}, hours{4}, hours{8},
                                                hours{16}, hours{24}, hours{24}, hours{24}}) {
    counter = lock(counter, now);
    EXPECT_EQ(*counter.locked_until - now, length);
    now = *counter.locked_until;
  }
}

TEST(AttemptCounter, NeitherTheHighestLevelNorAnOddRuleOverflows) {
  AttemptCounter counter{
      .failures = 4, .failures_since = start, .lock_level = std::numeric_limits<std::int32_t>::max()};
  EXPECT_EQ(*after_failure(counter, start, rules).locked_until, start + days{1});

  const AttemptRules odd{.first_lock = days{2}, .longest_lock = hours{1}};
  counter.lock_level = 0;
  EXPECT_EQ(*after_failure(counter, start, odd).locked_until, start + hours{1});
}

TEST(AttemptCounter, AFailureWhileLockedChangesNothing) {
  const auto locked = lock({}, start);

  for (const auto later : {seconds{0}, seconds{1}, seconds{899}}) EXPECT_EQ(fail(locked, start + later), locked);
}

TEST(AttemptCounter, ALockThatIsOverIsOpenButRemembered) {
  const auto open = decayed(lock({}, start), start + minutes{15}, rules);

  EXPECT_LE(*open.locked_until, start + minutes{15});
  EXPECT_EQ(open.lock_level, 1);
  EXPECT_EQ(fail(open, start + minutes{15}).failures, 1);
}

TEST(AttemptCounter, ALevelIsForgottenInADayAfterTheLocksEnd) {
  auto counter = lock({}, start);
  counter = lock(counter, *counter.locked_until);
  counter = lock(counter, *counter.locked_until);
  const auto end = *counter.locked_until;
  static constexpr struct {
    microseconds later;
    std::int64_t level;
  } cases[] = {
      {-microseconds{1}, 3},
      {seconds{0}, 3},
      {days{1} - microseconds{1}, 3},
      {days{1}, 2},
      {days{2} - microseconds{1}, 2},
      {days{2}, 1},
      {days{3}, 0},
      {days{3650}, 0},
  };
  for (const auto& [later, level] : cases) {
    SCOPED_TRACE(later.count());
    const auto then = decayed(counter, end + later, rules);
    EXPECT_EQ(then.lock_level, level);
    EXPECT_EQ(then.locked_until.has_value(), level > 0);
    EXPECT_EQ(decayed(then, end + later, rules), then);
  }
}

TEST(AttemptCounter, HoweverTimesAndFailuresFallNothingGoesNegativeAndALockOnlyEndsByTime) {
  std::mt19937 choice(7);
  AttemptCounter counter;
  auto now = start;
  for (int i = 0; i < 20'000; ++i) {
    now += seconds{std::uniform_int_distribution<int>(-400, 900)(choice)};
    const auto before = counter;
    counter = choice() % 2 == 0 ? fail(counter, now) : decayed(counter, now, rules);

    EXPECT_GE(counter.failures, 0);
    EXPECT_LT(counter.failures, rules.max_failures);
    EXPECT_GE(counter.lock_level, 0);
    if (before.locked_until && *before.locked_until > now) {
      EXPECT_EQ(counter.locked_until, before.locked_until);
      EXPECT_EQ(counter.lock_level, before.lock_level);
    }
    if (counter.locked_until) EXPECT_LE(*counter.locked_until, now + rules.longest_lock + hours{1});
    if (testing::Test::HasFailure()) return;
  }
}

TEST(AttemptCounter, IsForgottenExactlyWhenNothingOfItIsLeft) {
  AttemptCounter counter;
  core::Timestamp now{std::chrono::hours{1}};
  for (int failures = 0; failures < 12; ++failures) {
    counter = after_failure(decayed(counter, now, rules), now, rules);
    const auto forgotten = forgotten_at(counter, rules);

    EXPECT_EQ(decayed(counter, forgotten, rules).failures, 0);
    EXPECT_FALSE(decayed(counter, forgotten, rules).locked_until);
    const auto before = decayed(counter, forgotten - std::chrono::microseconds{1}, rules);
    EXPECT_TRUE(before.failures > 0 || before.locked_until);
    now += std::chrono::minutes{20};
  }
}

}  // namespace
}  // namespace sallyport::throttle
