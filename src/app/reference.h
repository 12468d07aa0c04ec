#pragma once

#include <optional>
#include <string>

#include "app/config.h"
#include "transport/browser/cookies.h"
#include "transport/router.h"

namespace sallyport::app {

/// GET /openapi.json, made on first use of all routes that the router has then; and GET /docs, the page that shows it.
/// The router outlives its routes, and the jar outlives the router.
void add_reference_routes(transport::Router& router, const transport::CookieJar& jar,
                          std::optional<std::string> public_url);

/// `routes --openapi`: prints the document of a server with these settings, with white space. Needs no server and no
/// data: it composes one on a folder of its own, which is gone afterwards. The exit status.
int print_openapi(const Config& settings);

}  // namespace sallyport::app
