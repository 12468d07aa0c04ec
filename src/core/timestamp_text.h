#pragma once

#include <string>

#include "core/clock.h"

namespace sallyport::core {

/// RFC 3339 §5.6 in UTC with microseconds: "2026-11-22T01:03:52.123456Z".
std::string to_rfc3339(Timestamp at);

}  // namespace sallyport::core
