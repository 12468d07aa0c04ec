#pragma once

#include "app/operations.h"
#include "app/services.h"
#include "transport/browser/cookies.h"

namespace sallyport::app {

/// What handlers work with. All of it outlives the router.
struct RouteContext {
  Services& services;
  const transport::CookieJar& jar;
  const telemetry::Metrics& metrics;
  Readiness readiness;
};

/// Everything that the server answers over HTTP, as its settings have it.
void add_routes(transport::Router& router, RouteContext in);

/// How the cookies of a server with these settings are kept.
transport::CookieJar::Mode cookie_mode(const Config& config);

}  // namespace sallyport::app
