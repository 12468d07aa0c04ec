#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "core/task.h"

namespace sallyport::core {

/// Awaitable that runs a task to its end in a context of its own: an interruption of the caller does not reach it, only
/// `deadline` bounds its waits. For what must follow from work already done, such as settling a reservation.
template <class T>
class Shielded final : private Posted {
 public:
  Shielded(Task<T> task, Moment deadline) : task_(std::move(task)), deadline_(deadline) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    auto& outer = *caller.promise().context;
    context_.emplace(outer.home(), deadline_);
    start(*context_, std::move(task_), [this](T value) {
      value_.emplace(std::move(value));
      if (caller_) context_->home().post(*this);  // not from inside the task's own frame
    });
    if (value_) return false;
    caller_ = caller;
    return true;
  }
  T await_resume() { return std::move(*value_); }

 private:
  void run() override { caller_.resume(); }
  Task<T> task_;
  Moment deadline_;
  std::optional<TaskContext> context_;
  std::optional<T> value_;
  std::coroutine_handle<> caller_;
};

}  // namespace sallyport::core
