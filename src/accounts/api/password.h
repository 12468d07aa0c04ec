#pragma once

#include "accounts/change_password.h"
#include "accounts/password_policy.h"
#include "sessions/api/caller.h"
#include "sessions/reauthenticate.h"

namespace sallyport::accounts::api {

/// What the routes call that take the password of somebody who is signed in. All of it outlives the router.
struct PasswordRoutes {
  ChangePasswordHandler& change_password;
  sessions::ReauthenticateHandler& reauthenticate;
  const PasswordPolicy& policy;
  sessions::Authenticator& authenticate;
  const crypto::Keyring& keyring;
  const core::Clock& clock;
  const transport::CookieJar& jar;
  std::size_t body_limit;
};

/// POST /v1/auth/password and /v1/auth/reauthenticate (design.md 7).
void add_password_routes(transport::Router& router, const PasswordRoutes& to);

}  // namespace sallyport::accounts::api
