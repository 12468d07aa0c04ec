#pragma once

#include "sessions/own_password.h"

namespace sallyport::sessions {

struct Reauthenticate {
  SharedView view;
  accounts::Password password;
  Client client;
};

/// Proves once more who has a session, so that `require_fresh` lets them pass for a while. Fails as
/// `OwnPassword::prove`, with `unauthenticated` / "session_expired" if the session ends meanwhile, and as the store
/// fails.
class ReauthenticateHandler {
 public:
  ReauthenticateHandler(OwnPassword& own_password, SessionStore& sessions, SessionCache& cache,
                        const core::Clock& clock)
      : own_password_(own_password), sessions_(sessions), cache_(cache), clock_(clock) {}
  core::Task<core::Result<void>> operator()(Reauthenticate command);

 private:
  OwnPassword& own_password_;
  SessionStore& sessions_;
  SessionCache& cache_;
  const core::Clock& clock_;
};

}  // namespace sallyport::sessions
