#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Result;
using core::Task;

Task<Result<std::int64_t>> MemoryFlowUpkeep::remove_old(core::Timestamp now, int most) {
  return store_.run<std::int64_t>([now, most](MemoryState& state) -> Result<std::int64_t> {
    return std::erase_if(state.flow_rows, [&, left = most](const auto& entry) mutable {
      return entry.second.flow.expires_at <= now - flows::wrong_code_memory && left-- > 0;
    });
  });
}

}  // namespace sallyport::memory
