#pragma once

#include "app/command_answer.h"
#include "app/commands.h"
#include "app/services.h"

namespace sallyport::app {

/// The commands about keys that a running server can do; `app/key_maintenance.h` has the others.
core::Task<Answer> list_keys(Services& services, CommandRequest request);
/// Looks at `algorithm`, `format` and `start`. What is not given is as configured where that is possible.
core::Task<Answer> rotate_keys(Services& services, CommandRequest request);
/// Looks at `file`: writes the master key and all signing keys to it.
core::Task<Answer> export_keys(Services& services, CommandRequest request);

}  // namespace sallyport::app
