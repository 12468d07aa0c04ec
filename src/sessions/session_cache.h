#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/clock_cache.h"
#include "core/handover.h"
#include "sessions/session_store.h"

namespace sallyport::sessions {

/// A live session as checks see it: shared and never changed.
using SharedView = std::shared_ptr<const SessionView>;

/// The read side of session checks: a bounded cache before the store. What it hands out was live at most
/// `invalidation_age` ago: every process reads the store's invalidations every `poll_interval`, and one that could not
/// do so for too long asks the store each time. Safe to use from every loop.
class SessionCache {
 public:
  static constexpr std::chrono::milliseconds poll_interval{250};
  static constexpr std::chrono::milliseconds invalidation_age{750};

  SessionCache(SessionStore& store, const core::Clock& clock, std::size_t capacity = 65'536);

  /// `unauthenticated` / "session_expired", or as the store fails.
  core::Task<core::Result<SharedView>> find(core::SessionId id);
  core::Task<core::Result<SharedView>> find_by_token(core::Digest token_digest);

  /// To be called after a commit that changed them and before its answer.
  void invalidate(core::SessionId id) { views_.erase(id); }
  void invalidate(core::AccountId account);

  /// Reads the store's invalidations once. `poll_forever` does so until its task is interrupted.
  core::Task<core::Result<void>> poll();
  core::Task<core::Result<void>> poll_forever();

  struct Counters {
    std::atomic<std::uint64_t> hits = 0, misses = 0, bypassed = 0;
  };
  const Counters& counters() const { return counters_; }
  std::size_t size() const { return views_.size(); }

 private:
  static constexpr std::chrono::seconds time_to_live{60};
  /// Commits can be seen out of their sequence's order: so far back is asked again.
  static constexpr std::int64_t overlap = 1'000;
  /// Asking the store for one session, once, for everybody who misses it meanwhile.
  struct Flight {
    std::vector<std::shared_ptr<core::Handover<SharedView>>> followers;
  };

  bool is_bypassed() const;
  std::optional<SharedView> cached(core::SessionId id);
  core::Task<core::Result<SharedView>> load(core::SessionId id);

  SessionStore& store_;
  const core::Clock& clock_;
  core::ClockCache<core::SessionId, SharedView> views_;
  core::ClockCache<core::Digest, core::SessionId, core::DigestHash> ids_by_token_;
  std::mutex flights_mutex_;
  std::unordered_map<core::SessionId, Flight> flights_;
  std::atomic<core::Moment::rep> last_good_poll_;
  std::int64_t seen_ = 0;           ///< of the poller alone
  std::set<std::int64_t> applied_;  ///< of the poller alone: what the overlap shows again
  Counters counters_;
};

}  // namespace sallyport::sessions
