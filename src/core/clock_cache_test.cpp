#include "core/clock_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace sallyport::core {
namespace {

using std::chrono::seconds;

/// Puts every key in the same shard.
struct OneShard {
  std::size_t operator()(int) const { return 0; }
};
using Cache = ClockCache<int, std::string, OneShard>;
constexpr std::size_t shards = 64;
constexpr Moment now{seconds{1'000}};
constexpr Moment later = now + seconds{60};

bool put(Cache& cache, int key, std::string value, Moment expires_at = later) {
  return cache.put(key, std::move(value), expires_at, cache.ticket(key));
}

TEST(ClockCache, GivesWhatWasPutUntilItExpires) {
  Cache cache(shards * 4);
  EXPECT_TRUE(put(cache, 1, "one"));

  EXPECT_EQ(cache.find(1, now), "one");
  EXPECT_EQ(cache.find(2, now), std::nullopt);
  EXPECT_EQ(cache.find(1, later - Moment::duration{1}), "one");
  EXPECT_EQ(cache.find(1, later), std::nullopt);
}

TEST(ClockCache, ALaterValueReplacesTheEarlierOne) {
  Cache cache(shards * 4);
  put(cache, 1, "one");
  put(cache, 1, "uno", later + seconds{60});

  EXPECT_EQ(cache.find(1, later), "uno");
  EXPECT_EQ(cache.size(), 1U);
}

TEST(ClockCache, WhatWasReadBeforeAnErasureIsNotPut) {
  Cache cache(shards * 4);
  const auto ticket = cache.ticket(1);

  cache.erase(1);  // nothing was there, and still somebody may be reading the old value
  EXPECT_FALSE(cache.put(1, "old", later, ticket));
  EXPECT_EQ(cache.find(1, now), std::nullopt);

  const auto second = cache.ticket(1);
  cache.erase_if([](const std::string&) { return false; });
  EXPECT_FALSE(cache.put(1, "old", later, second));
  EXPECT_TRUE(put(cache, 1, "new"));
}

TEST(ClockCache, ErasesOneOrAllThatMatch) {
  Cache cache(shards * 8);
  for (int key = 0; key < 6; ++key) put(cache, key, key % 2 == 0 ? "even" : "odd");

  cache.erase(3);
  cache.erase_if([](const std::string& value) { return value == "even"; });

  EXPECT_EQ(cache.size(), 2U);
  for (int key = 0; key < 6; ++key) EXPECT_EQ(cache.find(key, now).has_value(), key == 1 || key == 5) << key;
}

TEST(ClockCache, NeverHoldsMoreThanItsCapacity) {
  ClockCache<int, int> cache(256);
  for (int key = 0; key < 10'000; ++key) cache.put(key, key, later, cache.ticket(key));

  EXPECT_LE(cache.size(), 256U);
}

TEST(ClockCache, WhatIsUsedOutlivesWhatIsNot) {
  Cache cache(shards * 4);
  for (int key = 0; key < 4; ++key) put(cache, key, "value");
  for (int key = 4; key < 40; ++key) {
    ASSERT_EQ(cache.find(0, now), "value") << key;
    put(cache, key, "value");
  }

  EXPECT_EQ(cache.find(0, now), "value");
  EXPECT_EQ(cache.find(1, now), std::nullopt);
  EXPECT_EQ(cache.find(39, now), "value");
}

TEST(ClockCache, RandomUseNeverGivesAWrongValue) {
  Cache cache(shards * 16);
  std::map<int, std::string> last;
  std::mt19937 choice(3);
  for (int i = 0; i < 20'000; ++i) {
    const int key = static_cast<int>(choice() % 32);
    switch (choice() % 4) {
      case 0:
        put(cache, key, last[key] = std::to_string(i));
        break;
      case 1:
        cache.erase(key);
        last.erase(key);
        break;
      default:
        if (const auto found = cache.find(key, now)) ASSERT_EQ(*found, last.at(key));
    }
    ASSERT_LE(cache.size(), 16U);
  }
}

}  // namespace
}  // namespace sallyport::core
