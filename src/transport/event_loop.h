#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "core/loop.h"
#include "core/timer_wheel.h"

namespace sallyport::transport {

/// Something with a file descriptor in an event loop. Registered once, edge-triggered, for everything (ADR 0002).
class Pollable {
 public:
  /// `events` are epoll's. On the loop's thread.
  virtual void ready(std::uint32_t events) = 0;

 protected:
  ~Pollable() = default;
};

/// One thread's epoll loop. All that lives on it is touched by its thread only; `post` and `stop` come from anywhere.
class EventLoop final : public core::Loop {
 public:
  explicit EventLoop(const core::Clock& clock);
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Turns until `stop`. The calling thread is the loop's thread from then on.
  void run();
  /// Makes `run` return after the turn in progress, with everything posted before it run.
  void stop();

  /// Runs what was posted after `run` had returned, on the calling thread: the last results of other threads.
  void run_leftovers();

  using Loop::post;
  void post(core::PostedChain items) override;
  void schedule(core::Timer& timer, core::Moment due) override { wheel_.schedule(timer, due); }

  /// Watches `descriptor` for input, output and hang-up, edge-triggered. Closing the descriptor ends it.
  void watch(int descriptor, Pollable& pollable);
  /// Watches for input only, level-triggered: for listeners, which take a bounded number a turn.
  void watch_level(int descriptor, Pollable& pollable);
  void unwatch(int descriptor);
  /// Has `pollable` told of a descriptor that is watched already.
  void hand_watch(int descriptor, Pollable& pollable);

  /// The moment this turn began: exact enough for deadlines, and free.
  core::Moment now() const { return now_; }
  /// `Date` as HTTP wants it (RFC 9110 §5.6.7), of this second.
  std::string_view http_date() const { return http_date_; }
  const core::Clock& clock() const { return clock_; }

 private:
  void control(int operation, int descriptor, Pollable& pollable) const;
  void begin_turn();
  bool run_posted();  ///< false if there was nothing

  const core::Clock& clock_;
  core::Moment now_;
  core::TimerWheel wheel_;
  int epoll_ = -1;
  int wake_ = -1;
  std::string http_date_;
  std::int64_t http_date_second_ = 0;
  std::atomic<bool> is_stopping_ = false;

  std::mutex posted_mutex_;
  core::PostedChain posted_;
  bool is_asleep_ = false;  ///< under the mutex: whether a poster has to wake the thread
};

}  // namespace sallyport::transport
