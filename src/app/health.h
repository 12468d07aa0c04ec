#pragma once

#include <optional>
#include <string>

#include "app/config.h"
#include "app/operator_commands.h"

namespace sallyport::app {

/// Asks a server for /health/ready and says which part is not ready, or that there is no answer. The server is the one
/// of the configuration, by the address it listens on, or the one at `url`, an origin, whose certificate is checked if
/// it is https. Waits three seconds at most. The exit status: 0 if it is ready, 1 if not.
int run_health(const Config& config, const std::optional<std::string>& url, Output output);

}  // namespace sallyport::app
