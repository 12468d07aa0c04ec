#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.h"
#include "core/clock.h"

namespace sallyport::audit {

/// One thing about the log that is not as it was written.
struct Finding {
  enum class Kind {
    row_altered,             ///< the row or its person's is not what was written
    row_missing,             ///< there is no such row, but there are later ones, or its person's
    row_inserted,            ///< the row does not continue the one before
    stream_truncated,        ///< ends before a row that a checkpoint knows
    stream_removed,          ///< has no rows at all, and a checkpoint knows some
    stream_rewritten,        ///< the row that a checkpoint knows is another one
    checkpoint_forged,       ///< not what was signed
    checkpoint_key_unknown,  ///< signed with a key that is not this store's: that was replaced, or it is another's
    checkpoint_missing,      ///< not in the store, where it has to be
    checkpoint_replaced,     ///< the store has another one of that number, or one that does not continue the one before
    removal_forged,          ///< the record of what retention removed is not what was signed
    removal_missing,         ///< a checkpoint knows of a later removal than the store
  } kind;
  core::Bytes stream{};
  std::int64_t sequence = 0;                       ///< of the row; of a stream that is too short, its last row
  std::int64_t known = 0;                          ///< the row that the checkpoint knows
  std::int64_t checkpoint = 0;                     ///< its number
  std::optional<core::Timestamp> checkpoint_at{};  ///< when it was made
  std::string source{};                            ///< the file it was read from; empty: the store
};

/// "altered", "truncated", "checkpoint_forged" ...: stable, for scripts.
constexpr std::string_view to_text(Finding::Kind kind) {
  using enum Finding::Kind;
  switch (kind) {
    case row_altered:
      return "altered";
    case row_missing:
      return "missing";
    case row_inserted:
      return "inserted";
    case stream_truncated:
      return "truncated";
    case stream_removed:
      return "removed";
    case stream_rewritten:
      return "rewritten";
    case checkpoint_forged:
      return "checkpoint_forged";
    case checkpoint_key_unknown:
      return "checkpoint_key_unknown";
    case checkpoint_missing:
      return "checkpoint_missing";
    case checkpoint_replaced:
      return "checkpoint_replaced";
    case removal_forged:
      return "removal_forged";
    case removal_missing:
      return "removal_missing";
  }
  std::unreachable();
}

/// For the operator: "stream 00ff ends at row 120, but checkpoint 7 of 2026-01-01T00:00:00.000000Z knows row 150".
std::string sentence_of(const Finding& finding);

}  // namespace sallyport::audit
