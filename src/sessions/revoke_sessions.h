#pragma once

#include "sessions/client.h"
#include "sessions/session_cache.h"

namespace sallyport::sessions {

/// Signs out one's own devices from one of them, `by`, which must still be signed in when it is written.
class RevokeSessionsHandler {
 public:
  RevokeSessionsHandler(SessionStore& sessions, SessionCache& cache, const core::Clock& clock)
      : sessions_(sessions), cache_(cache), clock_(clock) {}

  /// One of them, also the caller's own. Fails with `not_found` / "session_not_found", for somebody else's too, with
  /// `unauthenticated` / "session_expired", and as the store fails.
  core::Task<core::Result<void>> one(core::SessionId by, core::SessionId session, Client client);
  /// All but the caller's; how many were signed in. Fails with `unauthenticated` / "session_expired", and as the store
  /// fails.
  core::Task<core::Result<std::int64_t>> others(core::SessionId by, Client client);

 private:
  SessionStore& sessions_;
  SessionCache& cache_;
  const core::Clock& clock_;
};

}  // namespace sallyport::sessions
