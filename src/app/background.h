#pragma once

#include <latch>
#include <list>

#include "core/result.h"
#include "core/task.h"

namespace sallyport::app {

/// The tasks that run beside the requests, on one loop: owned here, ended and joined by `stop`.
class Background {
 public:
  explicit Background(core::Loop& loop) : loop_(loop) {}
  /// Starts a task that runs until it is interrupted. Before `run`.
  void add(core::Task<core::Result<void>> task);
  /// Starts all of them on the loop's thread.
  void run();
  /// Interrupts all and waits until they have ended. From a thread that is not the loop's, which still runs.
  void stop();

 private:
  struct Owned {
    Owned(core::Loop& loop, core::Task<core::Result<void>> started)
        : context(loop, core::Moment::max()), task(std::move(started)) {}
    core::TaskContext context;
    core::Task<core::Result<void>> task;
    bool has_ended = false;
  };
  struct Start;
  struct Stop;
  void ended(Owned& owned);

  core::Loop& loop_;
  std::list<Owned> tasks_;
  std::size_t running_ = 0;
  std::latch* all_ended_ = nullptr;
};

}  // namespace sallyport::app
