#pragma once

#include "accounts/account_directory.h"
#include "sessions/refresh.h"
#include "sessions/revoke_sessions.h"
#include "sessions/sign_in.h"
#include "sessions/sign_out.h"
#include "transport/rpc/services.h"

namespace sallyport::sessions::api {

/// What the methods of sessions call. All of it outlives the services.
struct SessionMethods {
  SignInHandler& sign_in;
  RefreshHandler& refresh;
  SignOutHandler& sign_out;
  accounts::AccountDirectory& directory;
  RevokeSessionsHandler& revoke_sessions;
  const crypto::Keyring& keyring;
  const core::Clock& clock;
  std::int64_t most_wrong_passwords;
};

/// Of auth.v1.AuthService: Authenticate, RefreshTokens, ValidateCredentials, SignOut, ListSessions, RevokeSession and
/// RevokeOtherSessions.
void add_session_methods(transport::rpc::Services& services, const SessionMethods& to);

}  // namespace sallyport::sessions::api
