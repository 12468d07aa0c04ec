#pragma once

#include <coroutine>

#include "core/task.h"

namespace sallyport::core {

/// Lets one task wait until something happens on its own loop. A notification without a waiter is forgotten: wait in a
/// loop that looks at the condition. Outlives its waiter.
class Signal final : private Posted, private Waiter {
 public:
  /// Awaitable: comes back after `notify`, or at once or soon when the task is interrupted (look at the context).
  auto wait() { return Awaiter{*this}; }
  /// Wakes the waiter in the loop's next turn; on the loop's thread.
  void notify() {
    if (caller_ == nullptr || is_posted_) return;
    is_posted_ = true;
    context_->home().post(*this);
  }

 private:
  struct Awaiter {
    Signal& signal;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> caller) const {
      auto& context = *caller.promise().context;
      if (context.interruption()) return false;
      signal.context_ = &context;
      signal.caller_ = caller;
      context.set_waiter(&signal);
      return true;
    }
    void await_resume() const noexcept {}
  };
  void interrupt() override { notify(); }
  void run() override {
    is_posted_ = false;
    context_->set_waiter(nullptr);
    std::exchange(caller_, nullptr).resume();
  }

  TaskContext* context_ = nullptr;
  std::coroutine_handle<> caller_ = nullptr;
  bool is_posted_ = false;
};

}  // namespace sallyport::core
