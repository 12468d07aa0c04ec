#pragma once

#include "core/clock.h"

namespace sallyport::system_adapter {

/// The machine's clocks.
class SystemClock final : public core::Clock {
 public:
  core::Timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  core::Moment moment() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace sallyport::system_adapter
