#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain_check.h"
#include "audit/checkpoint_keys.h"
#include "audit/finding.h"

namespace sallyport::audit {

/// What a whole check of the log came to.
struct Verdict {
  std::int64_t rows = 0, streams = 0;
  std::int64_t checkpoints = 0;                           ///< stored ones that are what was signed
  std::optional<core::Timestamp> newest_checkpoint_at{};  ///< rows written since can be cut off unseen
  std::optional<core::Timestamp> removed_at{};            ///< when retention removed rows last
  std::vector<Finding> findings{};

  bool is_intact() const { return findings.empty(); }
};

/// Checks a log against its chains, its checkpoints and checkpoints that were taken out of it. Sans-I/O. The calls come
/// in the order of their declaration.
class LogCheck {
 public:
  /// Both kinds of keys outlive this; commitment keys as for `ChainCheck`.
  LogCheck(const CheckpointKeys& keys, std::vector<const crypto::HmacKey*> commitment_keys)
      : keys_(keys), commitment_keys_(std::move(commitment_keys)) {}

  /// The record of what retention removed, or that there is none.
  void see(const std::optional<StoredRemoval>& removal);
  /// The next checkpoint of the store, by number.
  void see(const StoredCheckpoint& stored);
  /// One from outside, after all of the store.
  void see(const SignedText& exported, const std::string& source);
  /// The next row, by stream and sequence.
  void see(const FoundRow& row);
  /// A row that is known to be missing (`AuditLog::bereft_persons`).
  void miss(const RowPlace& place) { chains().miss(place); }
  Verdict finish();

 private:
  /// What a checkpoint says about one row.
  struct Claim {
    core::Digest hash;
    std::int64_t checkpoint;  ///< the newest that says so
    core::Timestamp at;
    std::string source;
  };
  using StreamClaims = std::multimap<std::int64_t, Claim>;  ///< by sequence
  struct Seen {
    core::Bytes stream;
    std::int64_t last;
    bool is_rewritten;
  };

  std::optional<Checkpoint> read(const SignedText& document, Finding subject);
  void claim(const Checkpoint& checkpoint, const std::string& source);
  void end_stored();
  ChainCheck& chains();
  void begin_rows();
  void end_stream();
  bool is_removed(const core::Bytes& stream, std::int64_t sequence, const Claim& claim) const;

  const CheckpointKeys& keys_;
  std::vector<const crypto::HmacKey*> commitment_keys_;
  Verdict verdict_;
  std::optional<Removal> removal_;
  std::optional<Checkpoint> removed_;  ///< with the checkpoint that the removal names
  std::int64_t removed_through_ = 0;   ///< as checkpoints tell
  struct Link {
    core::Digest digest;
    bool is_good;
  };
  std::map<std::int64_t, Link> stored_;
  bool has_ended_stored_ = false;
  std::map<core::Bytes, StreamClaims> claims_;
  std::optional<ChainCheck> chains_;
  std::optional<Seen> seen_;
};

}  // namespace sallyport::audit
