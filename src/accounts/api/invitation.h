#pragma once

#include "accounts/accept_invitation.h"
#include "transport/browser/cookies.h"
#include "transport/router.h"

namespace sallyport::accounts::api {

/// What the routes call that people reach by the link of an invitation. All of it outlives the router.
struct InvitationRoutes {
  AcceptInvitationHandler& accept;
  const core::Clock& clock;
  const crypto::Keyring& keyring;
  const transport::CookieJar& jar;
  std::size_t body_limit;
};

/// POST /v1/auth/invitation/confirm, which answers as a sign-in does; GET and POST /accept-invitation, the same as a
/// form that works without scripts. A GET uses nothing up, since mail scanners follow links.
void add_invitation_routes(transport::Router& router, const InvitationRoutes& to);

}  // namespace sallyport::accounts::api
