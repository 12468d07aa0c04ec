#pragma once

#include <chrono>

namespace sallyport::core {

/// A moment of civil time in UTC, as stored and signed: microseconds since 1970-01-01.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// A moment of monotonic time, for deadlines and waits; never stored.
using Moment = std::chrono::steady_clock::time_point;

/// Where time comes from. Nothing else in the project asks the machine for it, so tests decide what time it is.
/// Safe to call from every thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual Moment moment() const = 0;
};

/// Whole seconds since the epoch, as JWT wants them (RFC 7519 §2, NumericDate).
inline std::int64_t unix_seconds(Timestamp at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

}  // namespace sallyport::core
