#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "audit/audit_log.h"

namespace sallyport::audit {

/// Keeps the log: a checkpoint each minute in which something changed, and removal of what is older than the retention.
/// Its tasks run on one loop; the counters are safe to read from every thread.
class Upkeep {
 public:
  static constexpr std::chrono::seconds interval{60};
  static constexpr int rows_a_batch = 256;  ///< so that no write waits long behind a removal

  /// Without `retention` rows are kept for ever.
  Upkeep(AuditLog& log, const CheckpointKeys& keys, const core::Clock& clock,
         std::optional<std::chrono::seconds> retention)
      : log_(log), keys_(keys), clock_(clock), retention_(retention) {}

  /// What somebody else wants to hear, on the loop. Set before the first task starts; each may be empty.
  struct Report {
    std::function<void(const MadeCheckpoint&)> made;  ///< of new checkpoints
    std::function<void(const MadeCheckpoint&)> lost;  ///< rows or a checkpoint are not as they were
    std::function<void(const Removal&)> removing;     ///< before the first row goes
    std::function<void(const core::Error&)> failed;   ///< tried again a minute later
  };
  void report_to(Report report) { report_ = std::move(report); }

  /// Makes one now. Fails as the log does.
  core::Task<core::Result<MadeCheckpoint>> checkpoint(MakeCheckpoint when);
  /// Removes whole prefixes of streams: all rows that a checkpoint older than the retention knows. A signed record of
  /// it is stored before the first row goes. Ends early, to go on at the next call, while anybody holds removals. Fails
  /// as the log does, and with `internal` / "audit_record_forged", removing nothing, if the record or its checkpoint is
  /// not what was signed.
  core::Task<core::Result<void>> remove_old();
  /// Both, every `interval`, until the task is interrupted.
  core::Task<core::Result<void>> run_forever();

  /// While one is there, no row is removed: who reads the log in pages sees one state. Lives on the loop and not longer
  /// than the upkeep.
  class Hold {
   public:
    explicit Hold(Upkeep& upkeep) : upkeep_(&upkeep) { ++upkeep.holds_; }
    Hold(Hold&& other) noexcept : upkeep_(std::exchange(other.upkeep_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (upkeep_ != nullptr) --upkeep_->holds_;
    }

   private:
    Upkeep* upkeep_;
  };
  /// Waits for a removal that has begun.
  core::Task<core::Result<Hold>> hold();

  struct Counters {
    std::atomic<std::uint64_t> checkpoints = 0, rows_removed = 0;
    std::atomic<std::int64_t> streams_cut = 0;  ///< as the newest checkpoint found
    std::atomic<std::int64_t> checked_at_micros =
        0;  ///< core::Timestamp; when the newest checkpoint said all; 0: never
  };
  const Counters& counters() const { return counters_; }

 private:
  core::Task<core::Result<void>> remove_undisturbed();
  core::Task<core::Result<std::optional<Checkpoint>>> decide_removal();

  AuditLog& log_;
  const CheckpointKeys& keys_;
  const CheckpointMaker maker_{keys_};
  const core::Clock& clock_;
  const std::optional<std::chrono::seconds> retention_;
  Report report_;
  int holds_ = 0;
  bool is_removing_ = false;          ///< who holds removals waits for it
  std::int64_t removed_through_ = 0;  ///< the checkpoint of which no row is left
  bool was_altered_ = false;
  Counters counters_;
};

}  // namespace sallyport::audit
