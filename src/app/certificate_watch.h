#pragma once

#include "app/background.h"
#include "app/services.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "transport/tls/live_certificates.h"

namespace sallyport::app {

/// Adds the task that reads certificates again when their files change to `background`, and tells `log` and `metrics`
/// of it; nothing without `tls.certificates`. All outlive the task.
void add_certificate_watch(Services& services, transport::tls::LiveCertificates& certificates, Background& background,
                           telemetry::Log& log, telemetry::Metrics& metrics);

/// Reads the certificates now, as SIGHUP asks, and says in `log` what came of it. Blocks.
void reload_certificates(const Services& services, transport::tls::LiveCertificates& certificates, telemetry::Log& log);

}  // namespace sallyport::app
