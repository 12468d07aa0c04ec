#pragma once

#include <string>
#include <vector>

#include "keys/live_keys.h"
#include "sessions/access_tokens.h"
#include "sessions/activity.h"
#include "sessions/session_cache.h"

namespace sallyport::sessions {

/// What a request says about who sends it. Views live as long as the request.
struct Credentials {
  std::string_view bearer;                       ///< the access token; empty if none
  std::vector<std::string_view> session_tokens;  ///< values of session cookies, in order
  bool is_empty() const { return bearer.empty() && session_tokens.empty(); }
};

/// Finds the live session a request speaks for: by its access token if it has one, else by the first of its session
/// cookies that names one. A session that lives is looked up each time, so what was revoked is refused. For an access
/// token of a key that is not known here the keys are read again.
///
/// Fails with `unauthenticated` / "not_authenticated" without credentials, "session_expired", or as
/// `AccessTokens::verify`; and as the store fails.
class Authenticator {
 public:
  Authenticator(AccessTokens& access_tokens, keys::LiveKeys& live_keys, SessionCache& cache, ActivityRecorder& activity)
      : access_tokens_(access_tokens), live_keys_(live_keys), cache_(cache), activity_(activity) {}
  core::Task<core::Result<SharedView>> operator()(Credentials credentials);

 private:
  core::Task<core::Result<SharedView>> find(Credentials credentials);
  AccessTokens& access_tokens_;
  keys::LiveKeys& live_keys_;
  SessionCache& cache_;
  ActivityRecorder& activity_;
};

}  // namespace sallyport::sessions
