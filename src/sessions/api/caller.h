#pragma once

#include "sessions/authenticate.h"
#include "sessions/client.h"
#include "sessions/device_token.h"
#include "transport/browser/cookies.h"
#include "transport/router.h"

namespace sallyport::sessions::api {

/// The client as its connection and headers describe it.
Client client_of(const transport::Exchange& exchange);
/// The token of `Authorization: Bearer` (RFC 6750 §2.1), an access token or a session token. Never a cookie's.
Credentials bearer_credentials_of(const transport::Exchange& exchange);
/// What the request says about who sends it.
Credentials credentials_of(const transport::Exchange& exchange, const transport::CookieJar& jar);

/// The token of the request's device, if it has one that this server made.
std::optional<DeviceToken> device_token_of(const transport::Exchange& exchange, const transport::CookieJar& jar,
                                           const crypto::Keyring& keyring, core::Timestamp now);

/// Answers for a signed-in caller.
using CallerHandler = std::function<core::Task<core::Result<transport::Response>>(
    transport::Exchange&, const transport::Parameters&, SharedView)>;

/// A handler that is only called with a live session; otherwise the request hears 401.
transport::Handler signed_in(Authenticator& authenticate, const transport::CookieJar& jar, CallerHandler handler);

/// A handler that is only called for an administrator: another role hears 403 "forbidden".
transport::Handler for_administrators(Authenticator& authenticate, const transport::CookieJar& jar,
                                      CallerHandler handler);
/// The same for what they write: without a fresh proof of who they are, 403 "fresh_authentication_required"
/// (design.md 6). `clock` outlives it.
transport::Handler for_fresh_administrators(Authenticator& authenticate, const transport::CookieJar& jar,
                                            const core::Clock& clock, CallerHandler handler);

}  // namespace sallyport::sessions::api
