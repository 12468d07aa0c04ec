#include "sessions/reauthenticate.h"

namespace sallyport::sessions {

core::Task<core::Result<void>> ReauthenticateHandler::operator()(Reauthenticate command) {
  using Outcome = core::Result<void>;
  auto proven = co_await own_password_.prove(command.view, std::move(command.password).take(), command.client);
  if (!proven) co_return Outcome(core::fail(std::move(proven)));
  const auto id = command.view->session.id;
  auto moved = co_await sessions_.reauthenticate({.session = id,
                                                  .credential_version = proven->credential_version,
                                                  .now = clock_.now(),
                                                  .origin = std::move(command.client.origin)});
  cache_.invalidate(id);  // after the commit, before the answer
  // This session changed the password while we hashed the old one.
  if (!moved && moved.error().code == "credentials_changed")
    co_return Outcome(core::fail(core::Fault::forbidden, "wrong_password"));
  co_return moved;
}

}  // namespace sallyport::sessions
