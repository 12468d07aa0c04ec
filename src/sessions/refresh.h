#pragma once

#include "sessions/client.h"
#include "sessions/session_cache.h"
#include "sessions/tokens.h"

namespace sallyport::sessions {

struct Refresh {
  core::Secret refresh_token;
  Client client;
};

/// What a client holds after a refresh. By cookie there is no refresh token: the cookie goes on.
struct Refreshed {
  SessionView view;
  std::string access_token;
  std::chrono::seconds access_token_lifetime;
  std::optional<core::Secret> refresh_token;
};

/// Trades a refresh token for its successor. A retry of the same token within the grace time gets the same successor;
/// an older one ends the session, since one of two holders stole it.
///
/// Fails with `unauthenticated` / "refresh_token_invalid", "refresh_token_reused" or "session_expired", and as the
/// store fails.
class RefreshHandler {
 public:
  RefreshHandler(SessionStore& sessions, SessionCache& cache, const TokenMint& mint, const core::Clock& clock)
      : sessions_(sessions), cache_(cache), mint_(mint), clock_(clock) {}
  core::Task<core::Result<Refreshed>> operator()(Refresh command);
  /// For a session found by its cookie: slides its expiry and issues an access token.
  core::Task<core::Result<Refreshed>> slide(SharedView view);

 private:
  SessionStore& sessions_;
  SessionCache& cache_;
  const TokenMint& mint_;
  const core::Clock& clock_;
};

}  // namespace sallyport::sessions
