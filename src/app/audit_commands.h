#pragma once

#include <string>
#include <vector>

#include "app/services.h"
#include "telemetry/log.h"

namespace sallyport::app {

/// The answers of `audit verify` and `audit checkpoint`, each a JSON object.

/// Checks the log, also against the checkpoints in `files`: what `audit checkpoint` made, or logs of the server, line
/// by line. `invalid` / "checkpoint_file_unusable", with a sentence, for a file that cannot be read or has none.
core::Task<core::Result<std::string>> verify_audit(Services& services, std::vector<std::string> files);

/// Makes a checkpoint now.
core::Task<core::Result<std::string>> export_checkpoint(Services& services);

/// Has the log hear of checkpoints, of rows that are gone and of removals.
audit::Upkeep::Report audit_report(const audit::CheckpointKeys& keys, const core::Clock& clock, telemetry::Log& log);

}  // namespace sallyport::app
