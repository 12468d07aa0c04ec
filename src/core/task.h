#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "core/loop.h"

namespace sallyport::core {

/// What a leaf of a task (a queue, a timer) is told when nobody wants its value any more.
class Waiter {
 public:
  /// On the task's loop. The leaf stops waiting if it still can, and then resumes its task by posting to the loop,
  /// never inside this call; work that has begun elsewhere is awaited to its end.
  virtual void interrupt() = 0;

 protected:
  ~Waiter() = default;
};

/// One chain of tasks: the loop it runs on, the moment by which somebody wants its answer, and whether anybody still
/// does. Owned by whoever starts the chain; outlives it. Only used on the home loop's thread.
class TaskContext {
 public:
  TaskContext(Loop& home, Moment deadline) : home_(home), deadline_(deadline) {}
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  Loop& home() const { return home_; }
  Moment deadline() const { return deadline_; }
  /// For work that is queued from now on; what ends the task is its owner's business.
  void set_deadline(Moment deadline) { deadline_ = deadline; }
  /// Why nobody wants the answer, if so: `cancelled` or `deadline_exceeded`.
  std::optional<Fault> interruption() const { return interruption_; }
  /// Tells the leaf that waits now, and every later one at once. The first reason given stays.
  void interrupt(Fault reason) {
    if (interruption_) return;
    interruption_ = reason;
    if (waiter_ != nullptr) waiter_->interrupt();
  }
  /// For leaves: who is told of an interruption; null when nobody waits.
  void set_waiter(Waiter* waiter) { waiter_ = waiter; }

 private:
  Loop& home_;
  Moment deadline_;
  std::optional<Fault> interruption_;
  Waiter* waiter_ = nullptr;
};

/// The error of a leaf that was interrupted.
inline Error interrupted(Fault reason) {
  return {.fault = reason, .code = reason == Fault::deadline_exceeded ? "deadline_exceeded" : "cancelled"};
}

template <class T>
class Task;

namespace detail {

struct TaskPromise {
  TaskContext* context = nullptr;
  std::coroutine_handle<> parent;
  std::exception_ptr exception;
  bool is_finished = false;
  bool is_inline = true;  ///< still inside the parent's await_suspend

  std::suspend_always initial_suspend() const noexcept { return {}; }
  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
      auto& promise = done.promise();
      promise.is_finished = true;
      return promise.is_inline ? std::noop_coroutine() : promise.parent;
    }
    void await_resume() const noexcept {}
  };
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }
};

template <class T>
struct ValuePromise : TaskPromise {
  std::optional<T> value;
  template <class From>
  void return_value(From&& from) {
    value.emplace(std::forward<From>(from));
  }
  T take() { return std::move(*value); }
};
template <>
struct ValuePromise<void> : TaskPromise {
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

/// A coroutine of this project: lazy, awaited once, always resumed on the loop of its `TaskContext`, which it inherits
/// from whoever awaits it. The child is started inside the parent's await and a child that never suspends returns
/// straight into it, so a loop of a million such awaits needs no stack in any build mode. Exceptions pass to the
/// awaiter.
template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::ValuePromise<T> {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
  struct Awaiter {
    std::coroutine_handle<promise_type> child;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> parent) const {
      auto& promise = child.promise();
      promise.context = parent.promise().context;
      promise.parent = parent;
      child.resume();
      if (promise.is_finished) return false;
      promise.is_inline = false;
      return true;
    }
    T await_resume() const {
      auto& promise = child.promise();
      if (promise.exception) std::rethrow_exception(promise.exception);
      return promise.take();
    }
  };

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

/// The root of a chain: owns itself and ends itself.
struct Root {
  struct promise_type {
    TaskContext* context;
    template <class Work, class Done>
    promise_type(TaskContext& started_in, Work&, Done&) : context(&started_in) {}
    Root get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

template <class T, class Done>
Root run_root(TaskContext&, Task<T> work, Done done) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(work);
    done();
  } else {
    auto value = co_await std::move(work);
    done(std::move(value));
  }
}

}  // namespace detail

/// Starts `work` at once on this thread, which is `context.home()`'s; `done` gets its value, perhaps before this call
/// returns. `work` must not throw (the process ends if it does). `context` outlives the call of `done`.
template <class T, class Done>
void start(TaskContext& context, Task<T> work, Done done) {
  detail::run_root(context, std::move(work), std::move(done));
}

}  // namespace sallyport::core
