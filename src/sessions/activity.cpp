#include "sessions/activity.h"

#include "core/sleep.h"

namespace sallyport::sessions {

void ActivityRecorder::used(core::SessionId session) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto known = uses_.find(session);
  if (known != uses_.end()) {
    known->second.last = now;
    ++known->second.count;
  } else if (uses_.size() < most_sessions) {
    uses_.emplace(session, Use{now, 1});
  }
}

core::Task<core::Result<void>> ActivityRecorder::report() {
  std::unordered_map<core::SessionId, Use> uses;
  {
    const std::lock_guard lock(mutex_);
    uses.swap(uses_);
  }
  static constexpr std::size_t batch_size = 500;  // the writer's other customers wait meanwhile
  std::vector<Activity> batch;
  for (const auto& [session, use] : uses) {
    batch.push_back({session, use.last, use.count});
    if (batch.size() < batch_size) continue;
    auto written = co_await store_.record_activity(std::exchange(batch, {}));
    if (!written) co_return written;
  }
  if (batch.empty()) co_return core::Result<void>{};
  co_return co_await store_.record_activity(std::move(batch));
}

core::Task<core::Result<void>> ActivityRecorder::report_forever() {
  for (;;) {
    auto slept = co_await core::SleepUntil(clock_.moment() + interval);
    if (!slept) co_return slept;
    co_await report();  // a failed report is lost: it is a convenience, not a record
  }
}

}  // namespace sallyport::sessions
