#pragma once

#include "sessions/session_store.h"

namespace sallyport::sessions {

/// How long a proof of identity is good for what needs a fresh one: changes of address and phone, export, deletion, and
/// what administrators write (design.md 6).
inline constexpr std::chrono::minutes fresh_authentication_age{10};

/// Whether whoever has the session proved who they are just now, by signing in, by their password again or by changing
/// it. `forbidden` / "fresh_authentication_required" if not: the client asks for the password, posts it to
/// /v1/auth/reauthenticate, and tries again.
inline core::Result<void> require_fresh(const SessionView& view, core::Timestamp now) {
  if (now - view.session.auth_time < fresh_authentication_age) return {};
  return core::fail(core::Fault::forbidden, "fresh_authentication_required");
}

}  // namespace sallyport::sessions
