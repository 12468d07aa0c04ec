#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "core/task.h"
#include "core/timer_wheel.h"

namespace sallyport::core {

/// A loop without sockets, turned by hand, for tests and for command lines: `run` turns it until a task is done.
class ManualLoop final : public Loop {
 public:
  explicit ManualLoop(const Clock& clock) : clock_(clock), wheel_(clock.moment()) {}
  using Loop::post;
  void post(PostedChain items) override;
  void schedule(Timer& timer, Moment due) override { wheel_.schedule(timer, due); }

  /// Runs all that is posted and due now; false if there was nothing posted.
  bool turn();
  /// Waits until something is posted, then turns.
  void wait_and_turn();

  /// Runs a task to its end on this thread, waiting for other threads where it does.
  template <class T>
  T run(Task<T> task, Moment deadline = Moment::max()) {
    TaskContext context(*this, deadline);
    return run(context, std::move(task));
  }
  template <class T>
  T run(TaskContext& context, Task<T> task) {
    std::optional<T> value;
    start(context, std::move(task), [&value](T done) { value.emplace(std::move(done)); });
    while (!value) wait_and_turn();
    return std::move(*value);
  }

 private:
  PostedChain take(bool wait);
  bool run_chain(PostedChain chain);

  const Clock& clock_;
  TimerWheel wheel_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  PostedChain posted_;
};

}  // namespace sallyport::core
