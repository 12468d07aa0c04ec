#include "sessions/refresh.h"

namespace sallyport::sessions {

core::Task<core::Result<Refreshed>> RefreshHandler::operator()(Refresh command) {
  using Outcome = core::Result<Refreshed>;
  auto presented = RefreshToken::parse(mint_.keyring(), command.refresh_token.reveal());
  if (!presented) co_return Outcome(core::fail(std::move(presented)));

  const auto nonce = mint_.random().bytes<std::tuple_size_v<RefreshNonce>>();
  const auto now = clock_.now();
  auto rotation =
      co_await sessions_.rotate_refresh({.session = presented->session(),
                                         .generation = presented->generation(),
                                         .presented_digest = presented->digest(),
                                         .nonce = nonce,
                                         .successor_digest = presented->successor(mint_.keyring(), nonce).digest(),
                                         .now = now,
                                         .slides_to = now + mint_.lifetimes().sliding,
                                         .grace = mint_.lifetimes().refresh_grace,
                                         .origin = std::move(command.client.origin)});
  cache_.invalidate(presented->session());  // rotated: another expiry; refused: perhaps ended
  if (!rotation) co_return Outcome(core::fail(std::move(rotation)));
  auto access_token = mint_.access_tokens().issue(rotation->view);
  co_return Refreshed{.view = std::move(rotation->view),
                      .access_token = std::move(access_token),
                      .access_token_lifetime = mint_.access_tokens().lifetime(),
                      .refresh_token = presented->successor(mint_.keyring(), rotation->nonce).text()};
}

core::Task<core::Result<Refreshed>> RefreshHandler::slide(SharedView view) {
  const auto now = clock_.now();
  const auto id = view->session.id;
  auto slid = co_await sessions_.slide(id, now, now + mint_.lifetimes().sliding);
  cache_.invalidate(id);
  if (!slid) co_return core::Result<Refreshed>(core::fail(std::move(slid)));
  auto access_token = mint_.access_tokens().issue(*slid);
  co_return Refreshed{.view = std::move(*slid),
                      .access_token = std::move(access_token),
                      .access_token_lifetime = mint_.access_tokens().lifetime(),
                      .refresh_token = std::nullopt};
}

}  // namespace sallyport::sessions
