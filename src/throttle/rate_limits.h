#pragma once

#include <optional>

#include "throttle/gcra.h"

namespace sallyport::throttle {

/// What one client network (/24, /64) may ask of the routes of each class. Without a limit it may ask anything.
struct RateLimits {
  std::optional<RateLimit> sign_in;       ///< where a password is checked
  std::optional<RateLimit> registration;  ///< where an account is made
  std::optional<RateLimit> mail;          ///< where somebody who need not be signed in causes a mail
  std::optional<RateLimit> other;         ///< session checks and all the rest, less probes and scrapes
};

}  // namespace sallyport::throttle
