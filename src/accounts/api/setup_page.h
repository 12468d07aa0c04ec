#pragma once

#include <functional>

#include "accounts/complete_setup.h"
#include "transport/router.h"

namespace sallyport::accounts::api {

/// What the setup page calls. All of it outlives the router.
struct SetupRoutes {
  CompleteSetupHandler& complete_setup;
  SetupStore& setup;
  std::function<void()> on_done;  ///< after the administrator was made, on the request's loop
};

/// GET and POST /setup: makes the first administrator, by a form that needs no scripts. 404 once there is one.
void add_setup_routes(transport::Router& router, const SetupRoutes& to);

}  // namespace sallyport::accounts::api
