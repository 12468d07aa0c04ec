#pragma once

#include "app/config.h"
#include "app/operator_commands.h"

namespace sallyport::app {

enum class Migration { apply, only_check };

/// Brings the schema of the data up to what this program knows, under the data's lock, or only says how far it is. The
/// exit status: 0 if the schema is as it should be afterwards, 1 if it is not, or a server holds the data.
int run_migrate(const Config& config, Migration migration, Output output);

}  // namespace sallyport::app
