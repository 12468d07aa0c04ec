#pragma once

#include <algorithm>
#include <cstdint>

#include "core/clock.h"

namespace sallyport::transport::http2 {

/// How many frames that carry nothing (PING, SETTINGS, PRIORITY, RST_STREAM, empty DATA) a client may send: each costs
/// us work and it nothing (CVE-2019-9512, -9515, -9518; CVE-2023-44487; and CVE-2025-8671 of resets we are made to
/// send). A bucket that fills with time. Sans-I/O.
class FrameBudget {
 public:
  static constexpr std::int64_t burst = 20'000;
  static constexpr std::int64_t a_second = 2'000;
  static constexpr std::int64_t control_frame = 10;  ///< what one costs: 2,000 at once, 200 a second
  static constexpr std::int64_t window_update = 1;   ///< reading what was asked for needs many

  explicit FrameBudget(core::Moment now) : filled_(now) {}
  /// False once it is spent: the client is to hear ENHANCE_YOUR_CALM.
  bool spend(std::int64_t cost, core::Moment now) {
    if (left_ < cost) {
      const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - filled_);
      left_ = std::min(burst, left_ + since.count() * a_second / 1'000);
      filled_ = now;
    }
    left_ -= cost;
    return left_ >= 0;
  }

 private:
  std::int64_t left_ = burst;
  core::Moment filled_;
};

}  // namespace sallyport::transport::http2
