#pragma once

#include <optional>
#include <vector>

#include "audit/chain_check.h"
#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"

namespace sallyport::audit {

/// Reading the log. Writing it is part of the writes it tells about.
class AuditLog {
 public:
  virtual ~AuditLog() = default;
  /// The newest rows, of all or about one account, newest first, at most `most`.
  virtual core::Task<core::Result<std::vector<StoredEntry>>> recent(std::optional<core::AccountId> account,
                                                                    int most) = 0;
  /// Rows as they stand, by stream and sequence, from behind `after` on or from the first, at most `most`.
  virtual core::Task<core::Result<std::vector<FoundRow>>> rows_after(std::optional<RowPlace> after, int most) = 0;
  /// Places whose person's row is there but whose row in the chain is not: the first of each stream.
  virtual core::Task<core::Result<std::vector<RowPlace>>> bereft_persons() = 0;
};

}  // namespace sallyport::audit
