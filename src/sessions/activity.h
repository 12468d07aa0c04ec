#pragma once

#include <mutex>
#include <unordered_map>

#include "sessions/session_store.h"

namespace sallyport::sessions {

/// Remembers which sessions were used and reports it in batches: at most one write a minute and session, however often
/// it is checked. What a crash loses is at most the last report's time. Safe to use from every loop.
class ActivityRecorder {
 public:
  static constexpr std::chrono::seconds interval{60};

  ActivityRecorder(SessionStore& store, const core::Clock& clock) : store_(store), clock_(clock) {}
  void used(core::SessionId session);
  /// Writes what has been noted. `report_forever` does so every `interval` until its task is interrupted.
  core::Task<core::Result<void>> report();
  core::Task<core::Result<void>> report_forever();

 private:
  static constexpr std::size_t most_sessions =
      100'000;  ///< beyond, use of further sessions goes unnoted until a report
  struct Use {
    core::Timestamp last;
    std::int64_t count;
  };
  SessionStore& store_;
  const core::Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<core::SessionId, Use> uses_;
};

}  // namespace sallyport::sessions
