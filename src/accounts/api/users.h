#pragma once

#include "accounts/administer_users.h"
#include "accounts/create_user.h"
#include "accounts/find_users.h"
#include "accounts/invite_user.h"
#include "accounts/password_policy.h"
#include "accounts/set_user_password.h"
#include "sessions/api/caller.h"

namespace sallyport::accounts::api {

/// What the administrators' routes call. All of it outlives the router.
struct UserRoutes {
  FindUsersHandler& find;
  CreateUserHandler& create;
  AdministerUsersHandler& administer;
  InviteUserHandler& invite;
  SetUserPasswordHandler& set_password;
  const PasswordPolicy& policy;
  sessions::Authenticator& authenticate;
  const core::Clock& clock;
  const transport::CookieJar& jar;
  std::size_t body_limit;
};

/// GET and POST /v1/users; GET, PATCH and DELETE /v1/users/{id}; PUT .../password; POST .../restore and
/// .../invitation; DELETE .../sessions (design.md 7). For administrators; what writes wants a fresh proof of who they
/// are.
void add_user_routes(transport::Router& router, const UserRoutes& to);

}  // namespace sallyport::accounts::api
