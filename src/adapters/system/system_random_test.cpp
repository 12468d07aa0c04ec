#include "adapters/system/system_random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

namespace sallyport::system_adapter {
namespace {

TEST(SystemRandom, FillsEveryByteOfEverySize) {
  SystemRandom random;
  for (const std::size_t size : {0, 1, 32, 4095, 4096, 4097, 10'000}) {
    SCOPED_TRACE(size);
    std::vector<bool> was_set(size);
    for (int round = 0; round < 8; ++round) {  // a byte that stays zero eight times: one in 2^64
      std::vector<std::uint8_t> bytes(size);
      random.fill(bytes);
      for (std::size_t at = 0; at < size; ++at) was_set[at] = was_set[at] || bytes[at] != 0;
    }
    EXPECT_EQ(std::ranges::count(was_set, false), 0);
  }
}

TEST(SystemRandom, NeverGivesTheSameBytesTwiceInAnyThread) {
  SystemRandom random;
  std::vector<std::vector<std::array<std::uint8_t, 16>>> drawn(4);

  std::vector<std::jthread> threads;
  for (auto& mine : drawn)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) mine.push_back(random.bytes<16>());  // many times the buffer
    });
  threads.clear();

  std::set<std::array<std::uint8_t, 16>> all;
  for (const auto& mine : drawn) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 8000U);
}

TEST(SystemRandom, SharesNothingWithAForkedChild) {
  SystemRandom random;
  random.bytes<1>();  // leaves the rest of a buffer behind
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);

  const auto child = ::fork();
  if (child == 0) {
    const auto bytes = random.bytes<32>();
    ::_exit(::write(ends[1], bytes.data(), bytes.size()) == 32 ? 0 : 1);
  }
  const auto ours = random.bytes<32>();
  std::array<std::uint8_t, 32> theirs{};
  const auto got = ::read(ends[0], theirs.data(), theirs.size());
  int status = -1;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  ::close(ends[1]);

  ASSERT_EQ(got, 32);
  EXPECT_EQ(status, 0);
  EXPECT_NE(theirs, ours);
}

}  // namespace
}  // namespace sallyport::system_adapter
