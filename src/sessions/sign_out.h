#pragma once

#include "sessions/client.h"
#include "sessions/session_cache.h"

namespace sallyport::sessions {

/// Ends a session, whether or not it still lives. Fails as the store fails.
class SignOutHandler {
 public:
  SignOutHandler(SessionStore& sessions, SessionCache& cache, const core::Clock& clock)
      : sessions_(sessions), cache_(cache), clock_(clock) {}
  core::Task<core::Result<void>> operator()(core::SessionId session, Client client);

 private:
  SessionStore& sessions_;
  SessionCache& cache_;
  const core::Clock& clock_;
};

}  // namespace sallyport::sessions
