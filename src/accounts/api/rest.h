#pragma once

#include "accounts/api/registration.h"
#include "accounts/register_once.h"
#include "accounts/update_profile.h"
#include "sessions/api/caller.h"

namespace sallyport::accounts::api {

/// What the account routes call. All of it outlives the router.
struct AccountRoutes {
  RegisterOnceHandler& register_account;
  UpdateProfileHandler& update_profile;
  const PasswordPolicy& policy;
  const idempotency::RequestNamer& name_request;
  const RegistrationRules& rules;
  sessions::Authenticator& authenticate;
  const core::Clock& clock;
  const crypto::Keyring& keyring;
  const transport::CookieJar& jar;
  std::size_t body_limit;

  RegistrationGround rules_of_registration() const { return {policy, name_request, rules}; }
};

/// POST /v1/auth/register; GET and PATCH /v1/auth/me (design.md 7).
void add_account_routes(transport::Router& router, const AccountRoutes& to);

}  // namespace sallyport::accounts::api
