#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/clock.h"

namespace sallyport::audit {

/// The newest row of a chain. Sequences are dense from 1: it is also how many rows the chain has ever had.
struct StreamHead {
  core::Bytes stream;
  std::int64_t sequence;
  core::Digest hash;
  friend bool operator==(const StreamHead&, const StreamHead&) = default;
};

/// What the log held at one moment. What one checkpoint knows, every later one knows too, until retention removed it:
/// so the newest says all, and older ones only since when.
struct Checkpoint {
  std::int64_t number;  ///< from 1, dense when made
  core::Timestamp at;
  core::Digest previous;          ///< of the checkpoint before; zero for the first
  std::int64_t removed_through;   ///< the checkpoint of the removal in force; 0: none
  std::vector<StreamHead> heads;  ///< by stream, each once
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// The one text of a checkpoint, which is what is signed, version 1. ASCII, each line ended by a line feed: numbers
/// decimal without leading zeros, times in microseconds since 1970-01-01 UTC, streams and digests in lower case hex.
///
///     sallyport audit checkpoint v1
///     number 7
///     at 1767225600000000
///     previous <digest of the text of checkpoint 6>
///     removed 0
///     streams 1
///     <stream> 150 <hash of row 150>
std::string to_text(const Checkpoint& checkpoint);
/// Strict: nothing for any text but the one `to_text` gives.
std::optional<Checkpoint> parse_checkpoint(std::string_view text);

/// Says that retention removed, or is about to remove, all rows that one checkpoint knows. It stands for every earlier
/// removal too, and the checkpoint is kept as long as it stands: that one says which streams, rows and last hashes.
struct Removal {
  std::int64_t checkpoint;  ///< its number
  core::Digest digest;      ///< of its text
  core::Timestamp at;       ///< when it was decided
  friend bool operator==(const Removal&, const Removal&) = default;
};

/// The one text of a removal, which is what is signed, version 1, written as a checkpoint's.
///
///     sallyport audit removal v1
///     checkpoint 7
///     digest <digest of the text of checkpoint 7>
///     at 1769904000000000
std::string to_text(const Removal& removal);
/// Strict: nothing for any text but the one `to_text` gives.
std::optional<Removal> parse_removal(std::string_view text);

/// A text of the above and who signed it.
struct SignedText {
  std::string text;
  std::string key_id;
  core::Bytes signature;
  friend bool operator==(const SignedText&, const SignedText&) = default;
};
core::Digest digest_of(const SignedText& document);

/// As a store holds it, which may be other than it was written: `number` and `at` are columns of their own, to look
/// checkpoints up by.
struct StoredCheckpoint {
  std::int64_t number;
  core::Timestamp at;
  SignedText document;
};
struct StoredRemoval {
  std::int64_t checkpoint;
  core::Timestamp at;
  SignedText document;
};

/// What is kept of old checkpoints: the newest 60 by number, whatever their time; of those before, the newest of each
/// day (UTC); of those that know only rows which retention removed, the one that the removal names.
inline constexpr std::int64_t recent_checkpoints = 60;

}  // namespace sallyport::audit
