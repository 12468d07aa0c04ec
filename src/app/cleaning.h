#pragma once

#include "app/background.h"
#include "app/services.h"
#include "telemetry/metrics.h"

namespace sallyport::app {

/// Tells the cleaner of `services` what piles up there, adds its task to `background`, and tells `metrics` what it
/// removes. All outlive the task.
void add_cleaning(Services& services, Background& background, telemetry::Metrics& metrics);

}  // namespace sallyport::app
