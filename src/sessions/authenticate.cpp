#include "sessions/authenticate.h"

#include "sessions/session_token.h"

namespace sallyport::sessions {

core::Task<core::Result<SharedView>> Authenticator::operator()(Credentials credentials) {
  auto found = co_await find(std::move(credentials));
  if (found) activity_.used((*found)->session.id);
  co_return found;
}

core::Task<core::Result<SharedView>> Authenticator::find(Credentials credentials) {
  using Found = core::Result<SharedView>;
  if (!credentials.bearer.empty()) {
    auto verified = access_tokens_.verify(credentials.bearer);
    if (!verified && verified.error().code == "token_unknown_key") {
      const bool has_new_keys = co_await live_keys_.look_for_unknown();
      if (has_new_keys) verified = access_tokens_.verify(credentials.bearer);
    }
    if (!verified) co_return Found(core::fail(std::move(verified)));
    auto view = co_await cache_.find(verified->session);
    if (view && (*view)->account.id != verified->account)
      co_return Found(core::fail(core::Fault::unauthenticated, "session_expired"));
    co_return view;
  }
  Found last = core::fail(core::Fault::unauthenticated, "not_authenticated");
  for (const auto token : credentials.session_tokens) {
    const auto digest = SessionToken::digest_of(token);
    if (!digest) {
      last = core::fail(core::Fault::unauthenticated, "session_expired");
      continue;
    }
    last = co_await cache_.find_by_token(*digest);
    if (last || last.error().fault != core::Fault::unauthenticated) co_return last;
  }
  co_return last;
}

}  // namespace sallyport::sessions
