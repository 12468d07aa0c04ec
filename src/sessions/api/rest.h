#pragma once

#include "sessions/api/caller.h"
#include "sessions/refresh.h"
#include "sessions/sign_in.h"
#include "sessions/sign_out.h"
#include "transport/router.h"

namespace sallyport::sessions::api {

/// What the session routes call. All of it outlives the router.
struct SessionRoutes {
  SignInHandler& sign_in;
  RefreshHandler& refresh;
  SignOutHandler& sign_out;
  Authenticator& authenticate;
  SessionCache& cache;
  AccessTokens& access_tokens;
  const crypto::Keyring& keyring;
  const core::Clock& clock;
  const transport::CookieJar& jar;
  std::size_t body_limit;
  std::string key_set_cache_control;  ///< "public, max-age=300": no longer than a key's notice
};

/// POST /v1/auth/login, /refresh, /logout; GET /.well-known/jwks.json (design.md 7).
void add_session_routes(transport::Router& router, const SessionRoutes& to);

/// The answer to a registration or sign-in, with both cookies set. `flow` is the handle of one that was begun with it,
/// or null.
transport::Response signed_in_answer(int status, SignedIn signed_in, const transport::CookieJar& jar,
                                     const core::Secret* flow = nullptr);

/// Both cookies alone, for an answer of another kind.
void add_session_cookies(transport::Response& response, const SignedIn& signed_in, const transport::CookieJar& jar);

}  // namespace sallyport::sessions::api
