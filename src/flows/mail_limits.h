#pragma once

#include <chrono>
#include <cstdint>

#include "core/result.h"

namespace sallyport::flows {

/// Mails of one kind of flow that an account gets, however often somebody asks: strangers must not fill a mailbox.
inline constexpr std::int64_t most_mails_an_hour = 3;
inline constexpr std::int64_t most_mails_a_day = 10;

/// What somebody hears who is told at all that there were enough.
inline std::unexpected<core::Error> too_many_mails() {
  return std::unexpected(core::Error{.fault = core::Fault::throttled,
                                     .code = "throttled",
                                     .retry_after = std::chrono::seconds{std::chrono::hours{1}}});
}

}  // namespace sallyport::flows
