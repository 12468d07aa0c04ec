#pragma once

#include "core/result.h"
#include "sessions/session_store.h"

namespace sallyport::sessions {

/// Whether whoever has the session may administer others: `forbidden` / "forbidden" if not. The role is the account's
/// at most `SessionCache::invalidation_age` ago, and a change of role ends the session; what is written on the strength
/// of it looks at the role again (`accounts::Mandate`).
inline core::Result<void> require_administrator(const SessionView& view) {
  if (view.account.role == accounts::Role::admin) return {};
  return core::fail(core::Fault::forbidden, "forbidden");
}

}  // namespace sallyport::sessions
