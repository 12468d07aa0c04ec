#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <vector>

#include "core/result.h"
#include "core/task.h"

namespace sallyport::core {

/// Tells tasks that there may be work for them, whichever thread wrote it. Cheap: however often it rings between two
/// looks, the loop is woken once.
class Bell final : private Posted {
 public:
  /// Where those sleep whom it wakes. Once, before they do; the loop outlives the last `ring`.
  void hang(Loop& loop) { loop_ = &loop; }

  /// From any thread. Heard by nobody while it does not hang.
  void ring() {
    ++rings_;
    auto* const loop = loop_.load();
    if (loop != nullptr && !is_posted_.exchange(true)) loop->post(*this);
  }

  /// How often it has rung. What a task reads before it looks for work is what it has heard when it finds none.
  std::uint64_t rings() const { return rings_; }

  class Sleep;
  /// Awaitable of `Result<void>`: comes back once it has rung more often than `heard`, at `until` or up to a tick
  /// later, or with `cancelled` or `deadline_exceeded` when the task is interrupted. On the loop it hangs on.
  Sleep wait(std::uint64_t heard, Moment until);

 private:
  void run() override;
  std::atomic<Loop*> loop_ = nullptr;
  std::atomic<std::uint64_t> rings_ = 0;
  std::atomic<bool> is_posted_ = false;
  std::vector<Sleep*> sleeping_;  ///< on the loop's thread only
};

class Bell::Sleep final : private Timer, private Posted, private Waiter {
 public:
  Sleep(Bell& bell, std::uint64_t heard, Moment until) : bell_(bell), heard_(heard), until_(until) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    context_ = caller.promise().context;
    if (context_->interruption() || bell_.rings() != heard_) return false;
    caller_ = caller;
    context_->set_waiter(this);
    context_->home().schedule(*this, until_);
    bell_.sleeping_.push_back(this);
    return true;
  }
  Result<void> await_resume() const {
    if (const auto reason = context_->interruption()) return std::unexpected(interrupted(*reason));
    return {};
  }

 private:
  friend class Bell;
  void wake();  ///< the loop's next turn resumes the task
  void expired() override;
  void interrupt() override { wake(); }
  void run() override;

  Bell& bell_;
  const std::uint64_t heard_;
  const Moment until_;
  TaskContext* context_ = nullptr;
  std::coroutine_handle<> caller_;
  bool is_woken_ = false;
};

inline Bell::Sleep Bell::wait(std::uint64_t heard, Moment until) { return {*this, heard, until}; }

}  // namespace sallyport::core
