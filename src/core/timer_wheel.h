#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/loop.h"

namespace sallyport::core {

/// A hashed timing wheel: schedule and unlink in constant time, expiry within one tick after the due moment. Sans-I/O:
/// its owner says what time it is. Not thread-safe; one loop owns it.
class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds tick{32};

  explicit TimerWheel(Moment now) : current_(tick_of(now)) {}
  /// Puts `timer` in the wheel, or moves it. A due moment already past expires at the next `advance`.
  void schedule(Timer& timer, Moment due);
  /// Expires all that is due at `now`. Timers scheduled from `expired()` wait for a later call.
  void advance(Moment now);
  /// Whether nothing waits, so that a loop may sleep without an end. Timers that were unlinked count until the next
  /// tick.
  bool is_empty() const { return is_empty_; }

 private:
  static constexpr std::size_t slot_count = 1024;  // 32 s a turn; a later timer stays for another turn
  static std::int64_t tick_of(Moment at) { return at.time_since_epoch() / tick; }
  TimerLink& slot_of(std::int64_t at) { return slots_[static_cast<std::size_t>(at) % slot_count]; }
  static void link_before(TimerLink& ring, TimerLink& item);

  std::array<TimerLink, slot_count> slots_;
  std::int64_t current_;  ///< the last tick that was expired
  bool is_empty_ = true;  ///< found out once a tick, since unlinking tells nobody
};

}  // namespace sallyport::core
