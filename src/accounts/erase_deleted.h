#pragma once

#include <atomic>

#include "accounts/account_store.h"

namespace sallyport::accounts {

/// Erases for good what was deleted so long ago that it cannot be restored any more.
class EraseDeleted {
 public:
  struct Counters {
    std::atomic<std::uint64_t> rows = 0, failures = 0;
  };
  EraseDeleted(AccountStore& accounts, const core::Clock& clock, std::chrono::seconds restore_window)
      : accounts_(accounts), clock_(clock), restore_window_(restore_window) {}

  /// Each minute, until the task is interrupted.
  core::Task<core::Result<void>> run_forever();
  /// All there is now, in small batches with a pause between them, so that requests are written too.
  core::Task<core::Result<void>> erase_all();
  const Counters& counters() const { return counters_; }

 private:
  AccountStore& accounts_;
  const core::Clock& clock_;
  const std::chrono::seconds restore_window_;
  Counters counters_;
};

}  // namespace sallyport::accounts
