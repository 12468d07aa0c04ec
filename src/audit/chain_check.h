#pragma once

#include <compare>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/checkpoint.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/ids.h"
#include "crypto/digest.h"

namespace sallyport::audit {

/// Where a row stands.
struct RowPlace {
  core::Bytes stream;
  std::int64_t sequence;
  friend auto operator<=>(const RowPlace&, const RowPlace&) = default;
};

/// A row as a store holds it, which may be other than it was written.
struct FoundRow {
  RowPlace place;
  core::Timestamp at;
  std::string event;
  std::optional<core::Uuid> account, session;
  core::Digest person_commitment, previous, hash;
  struct Person {
    core::Bytes salt;
    std::string text;
  };
  std::optional<Person> person;  ///< nothing once erased
};

/// Where a chain is broken first.
struct ChainBreak {
  RowPlace place;
  enum class Kind {
    altered,   ///< the row or its person's is not what was written
    missing,   ///< there is no such row, but there are later ones
    inserted,  ///< the row does not continue the one before: it was put there, or that one was replaced
  } kind;
  friend bool operator==(const ChainBreak&, const ChainBreak&) = default;
};

constexpr std::string_view to_text(ChainBreak::Kind kind) {
  switch (kind) {
    case ChainBreak::Kind::altered:
      return "altered";
    case ChainBreak::Kind::missing:
      return "missing";
    case ChainBreak::Kind::inserted:
      return "inserted";
  }
  std::unreachable();
}

/// Checks chains row by row with what `Chain` made them with. Rows cut off from the end of a chain leave no trace in
/// it: `LogCheck` finds those.
class ChainCheck {
 public:
  /// `commitment_keys` are those of every version of the master key, and outlive this. A chain may begin anywhere up
  /// to the row behind its head in `removed`, by stream.
  explicit ChainCheck(std::vector<const crypto::HmacKey*> commitment_keys, std::vector<StreamHead> removed = {})
      : commitment_keys_(std::move(commitment_keys)), removed_(std::move(removed)) {}

  /// The next row by stream and sequence. What follows a break in its stream is not judged.
  void see(const FoundRow& row);
  /// A row that is known to be missing (`AuditLog::bereft_persons`).
  void miss(const RowPlace& place);

  std::int64_t rows() const { return rows_; }
  std::int64_t streams() const { return streams_; }
  /// The first of each stream.
  const std::vector<ChainBreak>& breaks() const { return breaks_; }

 private:
  void begin_stream(const FoundRow& first);
  std::optional<ChainBreak> judge(const FoundRow& row) const;
  bool is_committed(const FoundRow& row) const;

  std::vector<const crypto::HmacKey*> commitment_keys_;
  std::vector<StreamHead> removed_;
  std::optional<RowPlace> before_;
  core::Digest hash_before_{};
  bool is_stream_broken_ = false;
  std::int64_t rows_ = 0;
  std::int64_t streams_ = 0;
  std::vector<ChainBreak> breaks_;
};

}  // namespace sallyport::audit
