#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Result;
using core::Task;
using idempotency::DoneRequest;

Task<Result<std::optional<DoneRequest>>> SqliteIdempotencyStore::find(core::Digest key, core::Timestamp now) {
  using Found = std::optional<DoneRequest>;
  co_return co_await readers_.submit<Found>([key, now](Queries& queries) -> Result<Found> {
    const auto row = queries.find_done_request(key, now - idempotency::known_for);
    if (!row) return std::nullopt;
    return DoneRequest{.fingerprint = row->fingerprint,
                       .account = row->account_id ? std::optional(core::AccountId(*row->account_id)) : std::nullopt,
                       .at = row->created_at};
  });
}

Task<Result<std::int64_t>> SqliteIdempotencyStore::remove_old(core::Timestamp now, int most) {
  co_return co_await writer_.submit<std::int64_t>([now, most](WriteTransaction& transaction) -> Result<std::int64_t> {
    return transaction.queries().remove_done_requests(now - idempotency::known_for, most);
  });
}

}  // namespace sallyport::sqlite
