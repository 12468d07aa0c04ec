#include "throttle/rate_table.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <thread>
#include <vector>

namespace sallyport::throttle {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Time = Gcra::Time;

constexpr RateLimit ten_a_minute{.burst = 10, .period = minutes{1}};

TEST(Gcra, ABurstPassesAndThenOneAnInterval) {
  const Gcra limit(ten_a_minute);
  Time arrival{}, now = hours{1};
  const auto ask = [&] {
    const auto decision = limit.decide(arrival, now);
    arrival = decision.next;
    return decision.retry_after;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(), std::nullopt);
  EXPECT_EQ(ask(), seconds{6});
  now += seconds{6} - nanoseconds{1};
  EXPECT_EQ(ask(), nanoseconds{1});
  now += nanoseconds{1};
  EXPECT_EQ(ask(), std::nullopt);
  EXPECT_EQ(ask(), seconds{6}) << "refusals cost nothing";
  now += minutes{1};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(), std::nullopt);
  EXPECT_TRUE(ask());
}

TEST(Gcra, ABurstOfOneIsOneAPeriod) {
  const Gcra limit({.burst = 1, .period = seconds{5}});
  const auto first = limit.decide(Time{}, hours{1});
  EXPECT_FALSE(first.retry_after);
  EXPECT_EQ(limit.decide(first.next, hours{1}).retry_after, seconds{5});
}

/// A bucket of `burst` requests that fills at an even pace, kept in fractions of nanoseconds: the other way to say it.
class Bucket {
 public:
  explicit Bucket(const RateLimit& limit)
      : interval_(limit.period.count() / limit.burst), most_(limit.burst * interval_) {}
  bool ask(Time now) {
    filled_ = std::min(most_, filled_ + (now - seen_).count());
    seen_ = now;
    if (filled_ < interval_) return false;
    filled_ -= interval_;
    return true;
  }

 private:
  std::int64_t interval_, most_, filled_ = most_;  ///< a request costs `interval_`
  Time seen_{};
};

TEST(RateTable, DecidesAsABucketPerClientWould) {
  std::mt19937 choice(11);
  for (const auto& limit :
       {ten_a_minute, RateLimit{1, seconds{3}}, RateLimit{120, minutes{1}}, RateLimit{7, seconds{1}}}) {
    RateTable table(limit, choice());
    std::map<std::uint64_t, Bucket> buckets;
    Time now = hours{1};
    for (int i = 0; i < 20'000; ++i) {
      now += milliseconds{std::uniform_int_distribution<int>(0, 400)(choice)};
      const std::uint64_t client = choice() % 20;
      const bool expected = buckets.try_emplace(client, limit).first->second.ask(now);

      ASSERT_EQ(!table.ask(client, now), expected) << i;
    }
  }
}

TEST(RateTable, WhoIsToldToWaitPassesThenAndNotBefore) {
  RateTable table(ten_a_minute, 5);
  Time now = hours{1};
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(table.ask(1, now));
  const auto wait = table.ask(1, now);
  ASSERT_TRUE(wait);

  EXPECT_EQ(table.ask(1, now + *wait - nanoseconds{1}), nanoseconds{1});
  EXPECT_EQ(table.ask(1, now + *wait), std::nullopt);
}

TEST(RateTable, NobodyWhoIsRefusedIsForgottenHoweverManyCome) {
  RateTable table(ten_a_minute, 3);
  const Time now = hours{1};
  for (std::uint64_t client = 0; client < 100; ++client) {
    for (int i = 0; i < 10; ++i) table.ask(client, now);
    ASSERT_TRUE(table.ask(client, now));
  }

  for (std::uint64_t stranger = 1'000; stranger < 1'000 + 20 * RateTable::places; ++stranger) table.ask(stranger, now);

  for (std::uint64_t client = 0; client < 100; ++client) EXPECT_TRUE(table.ask(client, now)) << client;
}

TEST(RateTable, WhereAllPlacesAreOfRefusedOnesNewcomersAreLimitedTogether) {
  RateTable table(ten_a_minute, 3);
  Time now = hours{1};
  // Ten times as many as there are places, each until it is refused: every set is full of refused ones.
  for (std::uint64_t client = 0; client < 10 * RateTable::places; ++client) {
    while (!table.ask(client, now)) continue;
  }

  std::size_t passed = 0;
  for (std::uint64_t newcomer = 1ULL << 40; newcomer < (1ULL << 40) + 10'000; ++newcomer)
    passed += table.ask(newcomer, now) ? 0 : 1;
  EXPECT_EQ(passed, 0U) << "what they share was used up by those before";

  now += seconds{6};
  for (std::uint64_t newcomer = 1ULL << 40; newcomer < (1ULL << 40) + 10'000; ++newcomer)
    passed += table.ask(newcomer, now) ? 0 : 1;
  EXPECT_GT(passed, 0U);
  now += minutes{2};
  EXPECT_FALSE(table.ask(1, now)) << "and places are free again once they owe nothing";
}

TEST(RateTable, FromManyThreadsNotOneMorePasses) {
  RateTable table({.burst = 1'000, .period = hours{1}}, 9);
  std::atomic<int> passed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int asked = 0; asked < 1'000; ++asked) passed += table.ask(7, hours{1}) ? 0 : 1;
      });
    }
  }
  EXPECT_EQ(passed, 1'000);
}

}  // namespace
}  // namespace sallyport::throttle
