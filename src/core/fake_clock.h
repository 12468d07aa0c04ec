#pragma once

#include <atomic>

#include "core/clock.h"

namespace sallyport::core {

/// A clock that stands still until a test moves it. Starts at 2026-01-01T00:00:00Z. Safe to use from every thread.
class FakeClock final : public Clock {
 public:
  Timestamp now() const override { return Timestamp{std::chrono::microseconds{micros_.load()}}; }
  Moment moment() const override { return Moment{std::chrono::microseconds{micros_.load()}}; }
  void advance(std::chrono::microseconds by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_{1'767'225'600'000'000};
};

}  // namespace sallyport::core
