#pragma once

#include <atomic>
#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "core/result.h"
#include "core/task.h"

namespace sallyport::core {

/// A result that another thread makes for a task. The task side comes from `hand_over`; this is the side that the other
/// thread's queue holds. Exactly one of `complete` and abandonment by the task takes effect.
template <class T>
class Handover final : public Posted, public Waiter, public std::enable_shared_from_this<Handover<T>> {
 public:
  /// The moment after which nobody waits for the result.
  Moment deadline() const { return deadline_; }
  /// Claims the work. False: the task has given up, drop it. Once true, `complete` must follow.
  bool take() {
    auto expected = State::queued;
    return state_.compare_exchange_strong(expected, State::taken);
  }
  /// Whether the task has given up waiting; never true once taken.
  bool is_abandoned() const { return state_.load() == State::abandoned; }
  /// Sets the result and resumes the task on its loop. After `take()` returned true, once, from any thread.
  void complete(Result<T> result) {
    PostedChain chain;
    complete_into(chain, std::move(result));
    home_->post(chain);
  }
  /// As `complete`, but leaves the posting to the caller, who hands the whole chain to `home()` at once.
  void complete_into(PostedChain& chain, Result<T> result) {
    result_.emplace(std::move(result));
    self_ = this->shared_from_this();
    chain.append(*this);
  }
  Loop& home() const { return *home_; }

 private:
  template <class U, class Submit>
  friend class HandoverAwaiter;
  enum class State { queued, taken, abandoned };

  void interrupt() override {
    auto expected = State::queued;
    if (!state_.compare_exchange_strong(expected, State::abandoned)) return;  // begun: its end is awaited
    result_.emplace(std::unexpected(interrupted(*context_->interruption())));
    self_ = this->shared_from_this();
    home_->post(*this);
  }
  void run() override {
    auto self = std::move(self_);
    context_->set_waiter(nullptr);
    caller_.resume();
  }

  std::atomic<State> state_{State::queued};
  TaskContext* context_ = nullptr;
  Loop* home_ = nullptr;
  Moment deadline_{};
  std::coroutine_handle<> caller_;
  std::optional<Result<T>> result_;
  std::shared_ptr<Handover> self_;  ///< keeps it alive between posting and running
};

template <class T, class Submit>
class HandoverAwaiter {
 public:
  explicit HandoverAwaiter(Submit submit) : submit_(std::move(submit)) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    auto& context = *caller.promise().context;
    handover_ = std::make_shared<Handover<T>>();
    if (const auto reason = context.interruption()) {
      handover_->result_.emplace(std::unexpected(interrupted(*reason)));
      return false;
    }
    handover_->context_ = &context;
    handover_->home_ = &context.home();
    handover_->deadline_ = context.deadline();
    handover_->caller_ = caller;
    context.set_waiter(handover_.get());
    auto refused = submit_(handover_);
    if (!refused) return true;
    context.set_waiter(nullptr);
    handover_->result_.emplace(std::unexpected(std::move(*refused)));
    return false;
  }
  Result<T> await_resume() { return std::move(*handover_->result_); }

 private:
  Submit submit_;
  std::shared_ptr<Handover<T>> handover_;
};

/// Awaitable of `Result<T>`: calls `submit(std::shared_ptr<Handover<T>>)` once, which either puts the handover in a
/// bounded queue of another thread and returns nothing, or refuses with an `Error`. The task sleeps until the handover
/// is completed. An interruption of the task before the work was taken ends the wait with `cancelled` or
/// `deadline_exceeded`; afterwards the result is awaited, so that work that has begun is never lost sight of.
template <class T, class Submit>
auto hand_over(Submit submit) {
  return HandoverAwaiter<T, Submit>(std::move(submit));
}

}  // namespace sallyport::core
