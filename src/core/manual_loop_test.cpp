#include "core/manual_loop.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "core/fake_clock.h"
#include "core/handover.h"
#include "core/sleep.h"

namespace sallyport::core {
namespace {

class Note final : public Posted {
 public:
  Note(std::vector<int>& notes, int number) : notes_(notes), number_(number) {}
  void run() override { notes_.push_back(number_); }

 private:
  std::vector<int>& notes_;
  int number_;
};

TEST(ManualLoop, RunsWhatIsPostedInOrderAndNotInsideThePost) {
  FakeClock clock;
  ManualLoop loop(clock);
  std::vector<int> notes;
  Note first(notes, 1), second(notes, 2), third(notes, 3);
  PostedChain two;
  two.append(second);
  two.append(third);

  loop.post(first);
  loop.post(two);
  EXPECT_TRUE(notes.empty());

  EXPECT_TRUE(loop.turn());
  EXPECT_EQ(notes, (std::vector{1, 2, 3}));
  EXPECT_FALSE(loop.turn());
}

TEST(ManualLoop, WhatIsPostedFromATurnWaitsForTheNext) {
  class Again final : public Posted {
   public:
    explicit Again(Loop& loop) : loop_(loop) {}
    void run() override {
      if (++runs < 3) loop_.post(*this);
    }
    int runs = 0;

   private:
    Loop& loop_;
  };
  FakeClock clock;
  ManualLoop loop(clock);
  Again again(loop);
  loop.post(again);

  loop.turn();
  EXPECT_EQ(again.runs, 1);
  loop.turn();
  loop.turn();
  EXPECT_EQ(again.runs, 3);
  EXPECT_FALSE(loop.turn());
}

TEST(ManualLoop, AnEmptyChainWakesNobody) {
  FakeClock clock;
  ManualLoop loop(clock);

  loop.post(PostedChain{});

  EXPECT_FALSE(loop.turn());
}

TEST(ManualLoop, RunWaitsForAnotherThread) {
  FakeClock clock;
  ManualLoop loop(clock);
  std::thread other;
  const auto ask = [](std::thread& thread) -> Task<Result<int>> {
    co_return co_await hand_over<int>([&thread](std::shared_ptr<Handover<int>> handover) -> std::optional<Error> {
      thread = std::thread([handover] {
        if (handover->take()) handover->complete(5);
      });
      return std::nullopt;
    });
  };

  EXPECT_EQ(loop.run(ask(other)).value(), 5);
  other.join();
}

TEST(ManualLoop, ASleepEndsWhenTheClockWasMovedByAnotherThread) {
  FakeClock clock;
  ManualLoop loop(clock);
  const auto sleep = [](Moment due) -> Task<Result<void>> { co_return co_await SleepUntil(due); };
  const auto due = clock.moment() + std::chrono::seconds{1};
  std::thread mover([&clock] { clock.advance(std::chrono::seconds{2}); });

  EXPECT_TRUE(loop.run(sleep(due)));
  mover.join();
}

TEST(ManualLoop, ATaskSeesTheDeadlineItIsRunWith) {
  FakeClock clock;
  ManualLoop loop(clock);
  const auto deadline_seen = []() -> Task<Result<Moment>> {
    co_return co_await hand_over<Moment>([](std::shared_ptr<Handover<Moment>> handover) -> std::optional<Error> {
      handover->take();
      handover->complete(handover->deadline());
      return std::nullopt;
    });
  };

  EXPECT_EQ(loop.run(deadline_seen(), clock.moment() + std::chrono::seconds{3}).value(),
            clock.moment() + std::chrono::seconds{3});
}

}  // namespace
}  // namespace sallyport::core
