#pragma once

#include <chrono>
#include <optional>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/task.h"

namespace sallyport::idempotency {

/// How long a request that was done is known, and for how long its second try is answered as the first (design.md 7).
inline constexpr std::chrono::hours known_for{24};
inline constexpr std::chrono::minutes answered_again_for{10};

/// A request by its name, for a store: keyed digests that tell nothing without the server's key.
struct NamedRequest {
  core::Digest key;          ///< of the use case and the name
  core::Digest fingerprint;  ///< of what it asks for, without the password
};

/// A request that was done. Ids instead of tokens: who repeats it proves again who they are.
struct DoneRequest {
  core::Digest fingerprint;
  std::optional<core::AccountId> account;  ///< that it made or changed
  core::Timestamp at;
};

/// Which requests were done. They come in with what they did: a `NamedRequest` in another port's write, which then also
/// fails with `conflict` / "idempotency_key_used", having changed nothing, if one of that key was done less than
/// `known_for` ago. All may also fail with `unavailable` / "store_unavailable" or "overloaded", and as an interrupted
/// task does.
class IdempotencyStore {
 public:
  virtual ~IdempotencyStore() = default;
  /// Nothing if none of that key was done less than `known_for` ago.
  virtual core::Task<core::Result<std::optional<DoneRequest>>> find(core::Digest key, core::Timestamp now) = 0;
  /// Removes up to `most` that are known no more, the oldest first, and says how many that were.
  virtual core::Task<core::Result<std::int64_t>> remove_old(core::Timestamp now, int most) = 0;
};

}  // namespace sallyport::idempotency
