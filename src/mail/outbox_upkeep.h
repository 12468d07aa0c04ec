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

/// Removes mails that were settled long ago, or that nobody will send, and knows how many there are.
class OutboxUpkeep {
 public:
  static constexpr std::chrono::seconds look_interval{15};
  static constexpr int looks_a_tidy = 20;
  /// Of a mail that nobody sends. The sender gives up long before.
  static constexpr std::chrono::milliseconds longest_wait = std::chrono::days{30};

  OutboxUpkeep(Outbox& outbox, const core::Clock& clock, std::chrono::milliseconds retention)
      : outbox_(outbox), clock_(clock), retention_(retention) {}
  core::Task<core::Result<void>> look();
  core::Task<core::Result<void>> tidy();
  /// Both, until its task is interrupted.
  core::Task<core::Result<void>> run_forever();

  const OutboxGauges& gauges() const { return gauges_; }

 private:
  Outbox& outbox_;
  const core::Clock& clock_;
  const std::chrono::milliseconds retention_;
  OutboxGauges gauges_;
};

}  // namespace sallyport::mail
