#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace sallyport::mail {

/// How a language of `languages` says it, in the largest unit that says it whole: "30 minutes", "7 Tage".
std::string spelled(std::chrono::seconds duration, std::string_view language);

/// "14 March 2026, 09:00 UTC", "14. März 2026, 09:00 UTC".
std::string spelled(core::Timestamp at, std::string_view language);

}  // namespace sallyport::mail
