#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/event.h"
#include "core/random.h"
#include "crypto/digest.h"

namespace sallyport::audit {

/// A chain is one writer's, from one start of the process to its end.
using StreamId = std::array<std::uint8_t, 16>;

/// A row with its place in a chain: each row's hash covers the hash before it, so nothing can be altered, left out or
/// put in between without breaking every later one.
struct ChainedRow {
  std::int64_t sequence;  ///< from 1, dense
  core::Digest previous;  ///< zero for the first row
  core::Digest hash;
  core::Digest person_commitment;     ///< binds the erasable row to this one
  std::array<std::uint8_t, 16> salt;  ///< stored in the erasable row; without it the commitment tells nothing
  std::string person;                 ///< the erasable row: a JSON object
};

/// What a row's hash covers, whether it is being written or has been found.
struct HashedRow {
  core::ByteView stream;
  std::int64_t sequence;
  core::Timestamp at;
  std::string_view event;
  std::optional<core::Uuid> account, session;
  core::Digest person_commitment;
  core::Digest previous;
};
core::Digest hash_of(const HashedRow& row);

/// What binds a person's row to the row in the chain.
core::Digest commitment_of(const crypto::HmacKey& key, core::ByteView salt, std::string_view person);

/// The head of one chain. Sans-I/O; not thread-safe: it belongs to the writer.
class Chain {
 public:
  Chain(StreamId stream, const crypto::HmacKey& commitment_key, core::Random& random)
      : stream_(stream), commitment_key_(&commitment_key), random_(&random) {}

  const StreamId& stream() const { return stream_; }
  /// The next row. The head moves at once: after a rollback, `rewind` to what the store holds.
  ChainedRow append(const Entry& entry);
  struct Head {
    std::int64_t sequence = 0;
    core::Digest hash{};
  };
  const Head& head() const { return head_; }
  void rewind(const Head& head) { head_ = head; }

 private:
  StreamId stream_;
  const crypto::HmacKey* commitment_key_;  ///< not null, as `random_`
  core::Random* random_;
  Head head_;
};

}  // namespace sallyport::audit
