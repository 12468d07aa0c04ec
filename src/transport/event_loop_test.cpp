#include "transport/event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "core/fake_clock.h"

namespace sallyport::transport {
namespace {

class Call final : public core::Posted {
 public:
  explicit Call(std::function<void()> call) : call_(std::move(call)) {}
  void run() override { call_(); }

 private:
  std::function<void()> call_;
};

class Alarm final : public core::Timer {
 public:
  explicit Alarm(std::function<void()> call) : call_(std::move(call)) {}
  void expired() override { call_(); }

 private:
  std::function<void()> call_;
};

TEST(EventLoop, RunsWhatManyThreadsPostInEachOnesOrder) {
  constexpr std::size_t posters = 4, items = 5'000;
  core::FakeClock clock;
  EventLoop loop(clock);
  std::vector<std::size_t> next(posters, 0);  // touched by the loop only
  bool is_ordered = true;
  std::vector<std::unique_ptr<Call>> calls;
  for (std::size_t i = 0; i < posters * items; ++i) {
    calls.push_back(std::make_unique<Call>([&, i] { is_ordered &= next[i / items]++ == i % items; }));
  }

  std::thread running([&] { loop.run(); });
  std::vector<std::thread> threads;
  for (std::size_t poster = 0; poster < posters; ++poster) {
    threads.emplace_back([&, poster] {
      for (std::size_t i = 0; i < items; ++i) loop.post(*calls[poster * items + i]);
    });
  }
  for (auto& thread : threads) thread.join();
  loop.stop();
  running.join();

  EXPECT_TRUE(is_ordered);
  EXPECT_EQ(next, std::vector<std::size_t>(posters, items));
}

TEST(EventLoop, IsWokenEveryTimeItSleeps) {
  core::FakeClock clock;
  EventLoop loop(clock);
  std::atomic<int> runs = 0;
  Call call([&] {
    ++runs;
    runs.notify_one();
  });
  std::thread running([&] { loop.run(); });

  for (int i = 0; i < 2'000; ++i) {
    loop.post(call);
    runs.wait(i);
  }

  loop.stop();
  running.join();
}

TEST(EventLoop, WhatRunsMayPostItselfAgain) {
  core::FakeClock clock;
  EventLoop loop(clock);
  int runs = 0;
  Call* again = nullptr;
  Call call([&] { ++runs == 10 ? loop.stop() : loop.post(*again); });
  again = &call;

  loop.post(call);
  loop.run();

  EXPECT_EQ(runs, 10);
}

TEST(EventLoop, ExpiresTimersByItsClock) {
  core::FakeClock clock;
  EventLoop loop(clock);
  std::vector<int> order;
  Alarm late([&] {
    order.push_back(2);
    loop.stop();
  });
  Alarm early([&] {
    order.push_back(1);
    clock.advance(std::chrono::hours(1));
  });
  loop.schedule(late, clock.moment() + std::chrono::hours(1));
  loop.schedule(early, clock.moment() + std::chrono::seconds(1));

  clock.advance(std::chrono::seconds(2));
  loop.run();

  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(EventLoop, WritesTheDateAsHttpWantsIt) {
  core::FakeClock clock;
  EventLoop loop(clock);
  EXPECT_EQ(loop.http_date(), "Thu, 01 Jan 2026 00:00:00 GMT");
}

}  // namespace
}  // namespace sallyport::transport
