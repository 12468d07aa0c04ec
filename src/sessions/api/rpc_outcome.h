#pragma once

#include "sessions/api/rpc_messages.h"
#include "throttle/attempt_counter.h"

namespace sallyport::sessions::api {

/// What registrations and sign-ins answer, whichever capability they are of.
struct AuthAnswers {
  const core::Clock& clock;
  std::int64_t most_wrong_passwords;  ///< before a lock

  /// SUCCESS, with tokens and user, and the device's token as metadata.
  ::auth::v1::AuthResponse success(transport::rpc::Call& call, SignedIn signed_in) const;
  /// SUCCESS of somebody who is signed in already, or need not be: the user alone.
  ::auth::v1::AuthResponse success(const accounts::Account& account) const;
  /// PENDING: the address has to be proven first.
  ::auth::v1::AuthResponse pending() const;
  /// The one place that says which refusals are answers, and the call's outcome with them: FAILED for what is wrong
  /// with identifier or password, LOCKED, SUSPENDED, PENDING. Everything else stays an error.
  core::Result<::auth::v1::AuthResponse> refusal(transport::rpc::Call& call, core::Error error) const;
};

}  // namespace sallyport::sessions::api
