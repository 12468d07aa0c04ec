#pragma once

#include <functional>

#include "telemetry/metrics.h"
#include "transport/router.h"

namespace sallyport::app {

/// Says which part of the server is not ready; empty when all are.
using Readiness = std::function<std::vector<std::string_view>()>;

/// GET /health, /health/live, /health/ready, /metrics.
void add_operation_routes(transport::Router& router, const telemetry::Metrics& metrics, Readiness readiness);

}  // namespace sallyport::app
