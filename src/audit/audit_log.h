#pragma once

#include <vector>

#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"

namespace sallyport::audit {

/// Reading the log. Writing it is part of the writes it tells about.
class AuditLog {
 public:
  virtual ~AuditLog() = default;
  /// The newest rows about an account, newest first, at most `most`.
  virtual core::Task<core::Result<std::vector<StoredEntry>>> recent(core::AccountId account, int most) = 0;
};

}  // namespace sallyport::audit
