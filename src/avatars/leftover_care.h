#pragma once

#include <atomic>

#include "avatars/avatar_store.h"
#include "avatars/picture_store.h"
#include "core/clock.h"

namespace sallyport::avatars {

/// Removes pictures that no account shows any more, or that a process which died had begun.
class LeftoverCare {
 public:
  struct Counters {
    std::atomic<std::uint64_t> removed = 0, failed = 0;
  };
  LeftoverCare(AvatarStore& avatars, PictureStore& pictures, const core::Clock& clock)
      : avatars_(avatars), pictures_(pictures), clock_(clock) {}

  /// Each few seconds, until the task is interrupted.
  core::Task<core::Result<void>> run_forever();
  /// Removes what is due now, a small batch at a time. What cannot be removed is tried again later.
  core::Task<core::Result<void>> sweep();
  const Counters& counters() const { return counters_; }

 private:
  core::Task<core::Result<bool>> remove_some();  ///< whether there may be more

  AvatarStore& avatars_;
  PictureStore& pictures_;
  const core::Clock& clock_;
  Counters counters_;
};

}  // namespace sallyport::avatars
