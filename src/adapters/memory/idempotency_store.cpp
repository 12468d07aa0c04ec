#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Result;
using core::Task;
using idempotency::DoneRequest;

Task<Result<std::optional<DoneRequest>>> MemoryIdempotencyStore::find(core::Digest key, core::Timestamp now) {
  using Found = std::optional<DoneRequest>;
  return store_.run<Found>([key, now](MemoryState& state) -> Result<Found> {
    const auto* const done = state.find_done(key, now);
    return done != nullptr ? Found(*done) : std::nullopt;
  });
}

Task<Result<std::int64_t>> MemoryIdempotencyStore::remove_old(core::Timestamp now, int most) {
  return store_.run<std::int64_t>([now, most](MemoryState& state) -> Result<std::int64_t> {
    std::int64_t removed = 0;
    for (auto done = state.done_requests.begin(); done != state.done_requests.end() && removed < most;) {
      const bool is_old = done->second.at <= now - idempotency::known_for;
      done = is_old ? state.done_requests.erase(done) : std::next(done);
      removed += is_old ? 1 : 0;
    }
    return removed;
  });
}

}  // namespace sallyport::memory
