#pragma once

#include <optional>
#include <vector>

#include "audit/chain_check.h"
#include "audit/checkpoint_maker.h"
#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"

namespace sallyport::audit {

/// Reading and keeping the log. Writing it is part of the writes it tells about.
class AuditLog {
 public:
  virtual ~AuditLog() = default;
  /// The newest rows, of all or about one account, newest first, at most `most`.
  virtual core::Task<core::Result<std::vector<StoredEntry>>> recent(std::optional<core::AccountId> account,
                                                                    int most) = 0;
  /// Rows as they stand, by stream and sequence, from behind `after` on or from the first, at most `most`.
  virtual core::Task<core::Result<std::vector<FoundRow>>> rows_after(std::optional<RowPlace> after, int most) = 0;
  /// Places whose person's row is there but whose row in the chain is not: the first of each stream.
  virtual core::Task<core::Result<std::vector<RowPlace>>> bereft_persons() = 0;

  /// Has `maker` make the next checkpoint of the heads of all streams, stores it if it is new, and drops those that
  /// need not be kept any more (`recent_checkpoints`): one atomic step. `maker` outlives the call and is used on the
  /// store's thread.
  virtual core::Task<core::Result<MadeCheckpoint>> make_checkpoint(const CheckpointMaker& maker, core::Timestamp now,
                                                                   MakeCheckpoint when) = 0;
  /// Checkpoints as they stand, by number, from behind `after` on, at most `most`.
  virtual core::Task<core::Result<std::vector<StoredCheckpoint>>> checkpoints_after(std::int64_t after, int most) = 0;
  /// The newest checkpoint that was made until then.
  virtual core::Task<core::Result<std::optional<StoredCheckpoint>>> checkpoint_until(core::Timestamp at) = 0;
  /// The record of what retention removed.
  virtual core::Task<core::Result<std::optional<StoredRemoval>>> removal() = 0;
  /// Records a removal in place of the one before. `conflict` / "audit_removal_outdated" if the checkpoint it names is
  /// not there or the one before names a later one.
  virtual core::Task<core::Result<void>> record_removal(StoredRemoval removal) = 0;
  /// Removes the oldest rows, with their persons', of the first of these streams up to their heads, at most `most` in
  /// all. How many there were; fewer than `most`: none is left.
  virtual core::Task<core::Result<std::int64_t>> remove_rows(std::vector<StreamHead> through, int most) = 0;
  /// Erases what the log holds about the person of an account, of at most `most` rows. How many there were; fewer than
  /// `most`: none is left. The chains stay whole.
  virtual core::Task<core::Result<std::int64_t>> erase_persons(core::AccountId account, int most) = 0;
};

}  // namespace sallyport::audit
