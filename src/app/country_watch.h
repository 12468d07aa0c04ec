#pragma once

#include "app/background.h"
#include "app/services.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace sallyport::app {

/// Adds the task that reads the database of countries again when its file changes to `background`, and tells `log` and
/// `metrics` of it; nothing without `geo.database`. All outlive the task.
void add_country_watch(Services& services, Background& background, telemetry::Log& log, telemetry::Metrics& metrics);

}  // namespace sallyport::app
