#pragma once

#include "sessions/authenticate.h"
#include "transport/rpc/services.h"
#include "verification/ask_verification.h"
#include "verification/confirm_verification.h"

namespace sallyport::verification::api {

/// What the methods call that prove addresses. All of it outlives the services.
struct VerificationMethods {
  AskVerificationHandler& ask;
  ConfirmVerificationHandler& confirm;
  sessions::Authenticator& authenticate;
  const crypto::Keyring& keyring;
  const core::Clock& clock;
  std::int64_t most_wrong_passwords;
};

/// Of auth.v1.AuthService: RequestVerification and ConfirmVerification.
void add_verification_methods(transport::rpc::Services& services, const VerificationMethods& to);

}  // namespace sallyport::verification::api
