#pragma once

#include "accounts/registration_rules.h"
#include "sessions/api/caller.h"
#include "verification/ask_verification.h"
#include "verification/change_address.h"
#include "verification/confirm_verification.h"
#include "verification/request_verification.h"

namespace sallyport::verification::api {

/// What the routes call that prove addresses. All of it outlives the router.
struct VerificationRoutes {
  AskVerificationHandler& ask;
  RequestVerificationHandler& request;
  ConfirmVerificationHandler& confirm;
  ChangeAddressHandler& change_address;
  const accounts::RegistrationRules& rules;
  sessions::Authenticator& authenticate;
  const core::Clock& clock;
  const crypto::Keyring& keyring;
  const transport::CookieJar& jar;
  std::size_t body_limit;
};

/// POST /v1/auth/verification, /v1/auth/verification/confirm and /v1/auth/email (design.md 7).
void add_verification_routes(transport::Router& router, const VerificationRoutes& to);

/// GET and POST /verify-email: the same as the second, by a form that needs no scripts. A GET uses nothing up, since
/// mail scanners follow links.
void add_verification_page(transport::Router& router, const VerificationRoutes& to);

/// The browser that a request comes from. `named` is a handle that its body names; empty if none.
core::Task<core::Result<Browser>> browser_of(const VerificationRoutes& to, const transport::Exchange& exchange,
                                             std::string_view named);
/// The same of any client, by the handle and the credentials that it gives; either may be empty.
core::Task<core::Result<Browser>> browser_of(sessions::Authenticator& authenticate, std::string_view handle,
                                             sessions::Credentials credentials);

}  // namespace sallyport::verification::api
