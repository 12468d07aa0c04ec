#pragma once

#include "idempotency/request_namer.h"
#include "recovery/confirm_recovery.h"
#include "recovery/request_recovery.h"
#include "transport/browser/cookies.h"
#include "transport/router.h"

namespace sallyport::recovery::api {

/// What the routes of a recovery call. All of it outlives the router.
struct RecoveryRoutes {
  RequestRecoveryHandler& request_recovery;
  ConfirmRecoveryHandler& confirm_recovery;
  const idempotency::RequestNamer& name_request;
  const transport::CookieJar& jar;
  std::size_t body_limit;
};

/// POST /v1/auth/recovery and /v1/auth/recovery/confirm (design.md 7).
void add_recovery_routes(transport::Router& router, const RecoveryRoutes& to);

/// GET and POST /reset-password: the same by forms that need no scripts. A GET uses nothing up, since mail scanners
/// follow links.
void add_recovery_page(transport::Router& router, const RecoveryRoutes& to);

/// The command of a request for a new password, over REST or RPC.
RequestRecovery to_command(accounts::Email email, const std::optional<idempotency::IdempotencyKey>& key,
                           const idempotency::RequestNamer& name_request);

/// The cookie that a browser keeps a flow's handle in, so that a code can be typed without it.
transport::ResponseField flow_cookie(const transport::CookieJar& jar, const Requested& requested);
/// The handle that a request names, or else its cookie.
std::string_view handle_of(const transport::Exchange& exchange, const transport::CookieJar& jar,
                           std::string_view named);

}  // namespace sallyport::recovery::api
