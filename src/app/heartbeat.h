#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>

#include "core/clock.h"
#include "core/result.h"
#include "core/task.h"

namespace sallyport::app {

/// Proves that every loop turns: sends an item around to all of them, and beats once all have run it. A loop that hangs
/// keeps its item, and the heart stands still. Outlives the loops.
class Heartbeat {
 public:
  /// Before `beat_forever`.
  void add(core::Loop& loop) { visits_.emplace_back(loop); }
  /// Calls `beat` once every `interval` while all loops turn. Ends when it is interrupted.
  core::Task<core::Result<void>> beat_forever(const core::Clock& clock, std::chrono::microseconds interval,
                                              std::function<void()> beat);

 private:
  struct Visit final : core::Posted {
    explicit Visit(core::Loop& visited) : loop(visited) {}
    void run() override { is_back = true; }
    core::Loop& loop;
    std::atomic<bool> is_back = true;
  };
  void send_around();
  bool are_all_back() const;

  std::list<Visit> visits_;
};

}  // namespace sallyport::app
