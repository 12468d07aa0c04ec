#include "sessions/revoke_sessions.h"

namespace sallyport::sessions {

core::Task<core::Result<void>> RevokeSessionsHandler::one(core::SessionId by, core::SessionId session, Client client) {
  auto revoked = co_await sessions_.revoke(
      {.by = by, .session = session, .now = clock_.now(), .origin = std::move(client.origin)});
  if (revoked) cache_.invalidate(session);  // after the commit, before the answer
  co_return revoked;
}

core::Task<core::Result<std::int64_t>> RevokeSessionsHandler::others(core::SessionId by, Client client) {
  auto revoked = co_await sessions_.revoke_others(by, clock_.now(), std::move(client.origin));
  if (!revoked) co_return core::Result<std::int64_t>(core::fail(std::move(revoked)));
  for (const auto& session : *revoked) cache_.invalidate(session);
  co_return std::ssize(*revoked);
}

}  // namespace sallyport::sessions
