#pragma once

#include <string>

#include "app/config.h"

namespace sallyport::app {

/// Commands about keys that need the data folder for themselves. Each gives an answer line as the server's commands do
/// (`answer_line`).

/// Takes in what `keys export` wrote: the master key where there is none, and the signing keys that are not there. A
/// file that does not fit the database or the master key changes nothing.
std::string import_keys(const Config& config, const std::string& file);

/// Adds a version to the master key file and seals the signing keys under it. The versions before stay, since much that
/// was made with them goes on.
std::string rotate_master_key(const Config& config);

}  // namespace sallyport::app
