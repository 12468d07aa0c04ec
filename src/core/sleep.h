#pragma once

#include <coroutine>

#include "core/result.h"
#include "core/task.h"

namespace sallyport::core {

/// Awaitable of `Result<void>`: comes back at `due` or up to a tick later, or at once with `cancelled` or
/// `deadline_exceeded` when the task is interrupted.
class SleepUntil final : private Timer, private Posted, private Waiter {
 public:
  explicit SleepUntil(Moment due) : due_at_(due) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    context_ = caller.promise().context;
    if (context_->interruption()) return false;
    caller_ = caller;
    context_->set_waiter(this);
    context_->home().schedule(*this, due_at_);
    return true;
  }
  Result<void> await_resume() {
    if (const auto reason = context_->interruption()) return std::unexpected(interrupted(*reason));
    return {};
  }

 private:
  void expired() override { run(); }
  void interrupt() override {
    unlink();
    context_->home().post(*this);
  }
  void run() override {
    context_->set_waiter(nullptr);
    caller_.resume();
  }

  Moment due_at_;
  TaskContext* context_ = nullptr;
  std::coroutine_handle<> caller_;
};

}  // namespace sallyport::core
