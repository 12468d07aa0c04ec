#pragma once

#include "accounts/delete_account.h"
#include "sessions/api/caller.h"

namespace sallyport::accounts::api {

/// What the route calls. All of it outlives the router.
struct DeleteAccountRoutes {
  DeleteAccountHandler& delete_account;
  sessions::Authenticator& authenticate;
  const transport::CookieJar& jar;
  std::size_t body_limit;
};

/// DELETE /v1/auth/me (design.md 7).
void add_delete_account_routes(transport::Router& router, const DeleteAccountRoutes& to);

}  // namespace sallyport::accounts::api
