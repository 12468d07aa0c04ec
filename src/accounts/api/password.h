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

/// A change of password as clients ask for it, over REST or RPC. Fails with `invalid` / "invalid_fields", by the names
/// `current_password` and `new_password`, with those that `wrong` names already.
core::Result<ChangePassword> to_command(const PasswordPolicy& policy, sessions::SharedView view,
                                        const core::Secret& current, const core::Secret& next, sessions::Client client,
                                        std::vector<core::FieldError> wrong);
/// The same error, with the field that the wrong password was given in.
core::Error with_wrong_password(core::Error error, std::string_view field);
/// The token of the device that a change of password goes on from; the one before was of the old password.
core::Secret next_device_token(const crypto::Keyring& keyring, const sessions::SessionView& view,
                               std::int64_t credential_version, core::Timestamp now);

/// POST /v1/auth/password and /v1/auth/reauthenticate (design.md 7).
void add_password_routes(transport::Router& router, const PasswordRoutes& to);

}  // namespace sallyport::accounts::api
