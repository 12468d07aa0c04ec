#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Result;
using core::Task;

Task<Result<std::int64_t>> SqliteFlowUpkeep::remove_old(core::Timestamp now, int most) {
  co_return co_await writer_.submit<std::int64_t>([now, most](WriteTransaction& transaction) -> Result<std::int64_t> {
    const auto before = now - flows::wrong_code_memory;
    return transaction.queries().remove_old_flows(core::Uuid::first_v7(before), before, most);
  });
}

}  // namespace sallyport::sqlite
