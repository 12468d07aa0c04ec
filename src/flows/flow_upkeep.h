#pragma once

#include "core/task.h"
#include "flows/flow.h"

namespace sallyport::flows {

/// What keeps the rows of flows from piling up.
class FlowUpkeep {
 public:
  virtual ~FlowUpkeep() = default;
  /// Removes up to `most` flows that expired `wrong_code_memory` ago or earlier, the first begun first, and says how
  /// many that were. Fails with `unavailable` / "store_unavailable" or "overloaded", and as an interrupted task does.
  virtual core::Task<core::Result<std::int64_t>> remove_old(core::Timestamp now, int most) = 0;
};

}  // namespace sallyport::flows
