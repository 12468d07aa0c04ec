#pragma once

#include <string>
#include <vector>

#include "app/config.h"

namespace sallyport::app {

/// Serves until SIGTERM or SIGINT and returns the exit status: 0 after a clean end, 1 when it cannot start (a sentence
/// on standard error says why), 70 after a failure of the store. Blocks these signals in every thread it starts.
/// `warnings` of the configuration are written to the log.
int serve(const Config& config, const std::vector<std::string>& warnings);

}  // namespace sallyport::app
