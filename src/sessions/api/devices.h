#pragma once

#include "accounts/account_directory.h"
#include "sessions/api/caller.h"
#include "sessions/revoke_sessions.h"

namespace sallyport::sessions::api {

/// What the device routes call. All of it outlives the router.
struct DeviceRoutes {
  accounts::AccountDirectory& directory;
  RevokeSessionsHandler& revoke_sessions;
  Authenticator& authenticate;
  const core::Clock& clock;
  const transport::CookieJar& jar;
};

/// The live sessions of an account, those used last first. Fails as the directory does.
core::Task<core::Result<std::vector<accounts::ListedSession>>> devices_of(accounts::AccountDirectory& directory,
                                                                          core::AccountId account, core::Timestamp now);

/// GET and DELETE /v1/auth/sessions; DELETE /v1/auth/sessions/{id} (design.md 7).
void add_device_routes(transport::Router& router, const DeviceRoutes& to);

}  // namespace sallyport::sessions::api
