#include "sessions/sign_out.h"

namespace sallyport::sessions {

core::Task<core::Result<void>> SignOutHandler::operator()(core::SessionId session, Client client) {
  auto ended = co_await sessions_.end(session, EndReason::signed_out, clock_.now(), std::move(client.origin));
  cache_.invalidate(session);  // after the commit, before the answer
  co_return ended;
}

}  // namespace sallyport::sessions
