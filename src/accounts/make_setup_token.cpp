#include "accounts/make_setup_token.h"

#include "accounts/setup_token.h"

namespace sallyport::accounts {

core::Task<core::Result<MadeSetupToken>> MakeSetupTokenHandler::operator()(SetupTokenMaker maker,
                                                                           audit::Origin origin) {
  const auto token = SetupToken::fresh(random_);
  const auto now = clock_.now();
  const auto expires_at = now + SetupToken::lifetime;
  auto stored = co_await setup_.replace_token({.digest = token.digest(keyring_),
                                               .maker = maker,
                                               .created_at = now,
                                               .expires_at = expires_at,
                                               .origin = std::move(origin)});
  if (!stored) co_return core::Result<MadeSetupToken>(core::fail(std::move(stored)));
  co_return MadeSetupToken{token.text(), expires_at};
}

}  // namespace sallyport::accounts
