#pragma once

#include <cstdint>

#include "audit/event.h"

namespace sallyport::sessions {

/// Who asks, as far as the connection and its headers tell.
struct Client {
  audit::Origin origin;
  std::uint64_t network;  ///< equal for clients that limits take for one: the /24 or /64
};

}  // namespace sallyport::sessions
