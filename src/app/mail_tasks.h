#pragma once

#include "app/background.h"
#include "app/services.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace sallyport::app {

/// Adds what sends mails and looks after them to the tasks of `background`, whose loop is `loop`, and tells `log` and
/// `metrics` of it. All outlive the tasks.
void add_mail_tasks(Services& services, Background& background, core::Loop& loop, telemetry::Log& log,
                    telemetry::Metrics& metrics);

}  // namespace sallyport::app
