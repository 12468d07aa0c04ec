#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sessions/api/caller.h"

namespace sallyport::sessions::api {

/// What is done with a browser that is not signed in and asked a reverse proxy for a page.
struct ForwardAuthRules {
  std::optional<std::string> sign_in_url;  ///< where it is sent; an absolute URL without fragment
  std::vector<std::string> origins;        ///< whose addresses it may be sent back to, as browsers write origins
};

/// The addresses a proxy says it was asked for, or nothing: `X-Original-URL`, else what `X-Forwarded-Proto`, `-Host`
/// and
/// `-Uri` make together. Only of a listed origin, only visible ASCII, at most 2,048 bytes: whoever forges these headers
/// cannot send anybody anywhere else.
std::optional<std::string> return_address(const transport::Exchange& exchange, const std::vector<std::string>& origins);

/// Whether the sign-in page is to be shown, and with which address to come back to: nothing where none is configured or
/// the client does not accept HTML, as programs do not.
std::optional<std::string> sign_in_address(const transport::Exchange& exchange, const ForwardAuthRules& rules);

/// What the forward-auth route calls. All of it outlives the router.
struct ForwardAuthRoutes {
  ForwardAuthRules rules;
  Authenticator& authenticate;
  const transport::CookieJar& jar;
};

/// /v1/auth/check with any method: for reverse proxies that ask before they forward (docs/forward-auth.md).
void add_forward_auth_routes(transport::Router& router, ForwardAuthRoutes to);

}  // namespace sallyport::sessions::api
