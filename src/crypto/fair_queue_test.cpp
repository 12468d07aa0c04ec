#include "crypto/fair_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::crypto {
namespace {

std::vector<int> pop_all(FairQueue<int>& queue) {
  std::vector<int> popped;
  while (!queue.is_empty()) popped.push_back(queue.pop());
  return popped;
}

}  // namespace

TEST(FairQueue, TakesFromEachNetworkInTurn) {
  FairQueue<int> queue;
  for (const int item : {10, 11, 12, 20, 30, 31}) queue.push(static_cast<std::uint64_t>(item / 10), item);

  EXPECT_EQ(pop_all(queue), (std::vector{10, 20, 30, 11, 31, 12}));
}

TEST(FairQueue, RemovesWhatIsNotWantedAndForgetsNetworksThatBecomeEmpty) {
  FairQueue<int> queue;
  for (const int item : {10, 11, 20, 21, 22}) queue.push(static_cast<std::uint64_t>(item / 10), item);

  queue.remove_if(1, [](int) { return true; });
  queue.remove_if(2, [](int item) { return item == 21; });
  queue.push(1, 12);

  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(queue.ahead_of(3), 2U);
  EXPECT_EQ(pop_all(queue), (std::vector{12, 20, 22}));
}

RC_GTEST_PROP(FairQueueProperty, NoItemWaitsForMoreThanWasSaid, (const std::vector<std::uint8_t>& pushes)) {
  FairQueue<int> queue;
  for (const auto push : pushes) {
    if (push < 200) queue.push(push % 7, 0);
    else if (!queue.is_empty()) queue.pop();
  }
  const auto network = *rc::gen::inRange<std::uint64_t>(0, 8);
  const auto said = queue.ahead_of(network);

  queue.push(network, 1);
  std::size_t ahead = 0;
  while (queue.pop() != 1) ++ahead;

  RC_ASSERT(ahead <= said);
  RC_ASSERT(said <= ahead + 7);  // those whose turn of this round had passed
}

}  // namespace sallyport::crypto
