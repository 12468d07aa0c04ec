#include "core/manual_loop.h"

namespace sallyport::core {

void ManualLoop::post(PostedChain items) {
  if (items.empty()) return;
  const std::lock_guard lock(mutex_);
  posted_.append(items);
  arrived_.notify_one();  // under the lock: what was posted may be all the loop waited for before its end
}

PostedChain ManualLoop::take(bool wait) {
  std::unique_lock lock(mutex_);
  // With timers pending the wheel is looked at every tick, since a fake clock moves without waking anybody.
  if (wait && posted_.empty()) {
    if (wheel_.is_empty()) arrived_.wait(lock, [this] { return !posted_.empty(); });
    else arrived_.wait_for(lock, TimerWheel::tick, [this] { return !posted_.empty(); });
  }
  return std::exchange(posted_, {});
}

bool ManualLoop::run_chain(PostedChain chain) {
  wheel_.advance(clock_.moment());
  chain.run_all();
  return !chain.empty();
}

bool ManualLoop::turn() { return run_chain(take(false)); }
void ManualLoop::wait_and_turn() { run_chain(take(true)); }

}  // namespace sallyport::core
