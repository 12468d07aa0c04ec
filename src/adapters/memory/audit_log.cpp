#include <algorithm>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Result;
using core::Task;

Task<Result<std::vector<audit::StoredEntry>>> MemoryAuditLog::recent(std::optional<core::AccountId> account, int most) {
  using Found = std::vector<audit::StoredEntry>;
  return store_.run<Found>([account, most](MemoryState& state) -> Result<Found> {
    Found found;
    std::ranges::copy_if(state.audit_rows, std::back_inserter(found),
                         [account](const audit::StoredEntry& row) { return !account || row.account == account; });
    std::ranges::sort(found, std::ranges::greater{}, [](const auto& row) { return std::pair(row.at, row.sequence); });
    if (std::ssize(found) > most) found.erase(found.begin() + most, found.end());
    return found;
  });
}

Task<Result<std::vector<audit::FoundRow>>> MemoryAuditLog::rows_after(std::optional<audit::RowPlace> after, int most) {
  using Found = std::vector<audit::FoundRow>;
  return store_.run<Found>([after = std::move(after), most](MemoryState& state) -> Result<Found> {
    Found found;
    auto next = after ? state.audit_chain.upper_bound(*after) : state.audit_chain.begin();
    for (; next != state.audit_chain.end() && std::ssize(found) < most; ++next) found.push_back(next->second);
    return found;
  });
}

Task<Result<std::vector<audit::RowPlace>>> MemoryAuditLog::bereft_persons() {
  using Found = std::vector<audit::RowPlace>;
  return store_.run<Found>([](MemoryState&) -> Result<Found> { return Found{}; });  // rows hold their person's
}

}  // namespace sallyport::memory
