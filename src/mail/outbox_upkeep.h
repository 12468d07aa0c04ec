#pragma once

#include <atomic>

#include "core/clock.h"
#include "mail/outbox.h"

namespace sallyport::mail {

/// How many mails there are, as of the last look; each may be read from any thread.
struct OutboxGauges {
  std::atomic<std::int64_t> waiting = 0, failed = 0;
  std::atomic<std::int64_t> oldest_waiting = 0;  ///< microseconds since the epoch; 0 if none waits
};

/// Knows how many mails there are, and which of them were settled long ago or will be sent by nobody.
class OutboxUpkeep {
 public:
  static constexpr std::chrono::seconds look_interval{15};
  /// Of a mail that nobody sends. The sender gives up long before.
  static constexpr std::chrono::milliseconds longest_wait = std::chrono::days{30};

  OutboxUpkeep(Outbox& outbox, const core::Clock& clock, std::chrono::milliseconds retention)
      : outbox_(outbox), clock_(clock), retention_(retention) {}
  core::Task<core::Result<void>> look();
  /// Every `look_interval`, until its task is interrupted.
  core::Task<core::Result<void>> look_forever();
  /// Removes up to so many old ones and says how many that were.
  core::Task<core::Result<std::int64_t>> remove_old(int most);

  const OutboxGauges& gauges() const { return gauges_; }

 private:
  Outbox& outbox_;
  const core::Clock& clock_;
  const std::chrono::milliseconds retention_;
  OutboxGauges gauges_;
};

}  // namespace sallyport::mail
