#pragma once

#include <optional>
#include <vector>

#include "audit/checkpoint_keys.h"

namespace sallyport::audit {

/// Whether a checkpoint is wanted that would say the same as the newest one.
enum class MakeCheckpoint { if_changed, always };

/// A stream that is shorter than an earlier checkpoint knows, or another one.
struct CutStream {
  core::Bytes stream;
  std::int64_t last;   ///< its last row; 0: it has none
  std::int64_t known;  ///< the row that the checkpoint knows
  friend bool operator==(const CutStream&, const CutStream&) = default;
};

struct MadeCheckpoint {
  StoredCheckpoint checkpoint;  ///< the newest one
  bool is_new;                  ///< false: the newest one still says all
  bool was_previous_altered;    ///< the one before is not what was signed, and counts for nothing
  std::vector<CutStream> cut;
};

/// Makes the next checkpoint of what a store found in one transaction. Sans-I/O; safe to use from every thread.
class CheckpointMaker {
 public:
  explicit CheckpointMaker(const CheckpointKeys& keys) : keys_(keys) {}

  struct Found {
    std::vector<StreamHead> heads;                 ///< of all streams that have rows, by stream
    std::optional<StoredCheckpoint> newest;        ///< by number
    std::optional<StoredRemoval> removal;          ///< the newest
    std::optional<StoredCheckpoint> removed_with;  ///< the checkpoint it names
  };
  /// What the checkpoint before knew and is no longer there is known to this one too, unless retention removed it: it
  /// stays missing until somebody has looked.
  MadeCheckpoint make(Found found, core::Timestamp now, MakeCheckpoint when) const;

  /// The checkpoint, if it is what was signed.
  std::optional<Checkpoint> read(const StoredCheckpoint& stored) const;
  /// The checkpoint up to which all rows may be gone, if the removal and it are what was signed.
  std::optional<Checkpoint> read(const StoredRemoval& stored, const StoredCheckpoint& named) const;

 private:
  const CheckpointKeys& keys_;
};

}  // namespace sallyport::audit
