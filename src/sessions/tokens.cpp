#include "sessions/tokens.h"

namespace sallyport::sessions {

FreshSession TokenMint::fresh_session(core::AccountId account, Device device, std::string ip,
                                      core::Timestamp now) const {
  const auto id = core::SessionId::fresh(now, random_);
  const auto refresh = RefreshToken::first(keyring_, id, random_);
  const auto token = SessionToken::fresh(random_);
  auto country = countries_ != nullptr ? countries_->country_of(ip) : std::nullopt;
  if (device.id.empty()) device.id = core::base64url_encode(random_.bytes<16>());
  return {.session = {.id = id,
                      .account = account,
                      .token_digest = token.digest(),
                      .refresh_digest = refresh.digest(),
                      .device = std::move(device),
                      .ip = std::move(ip),
                      .country = std::move(country),
                      .created_at = now,
                      .expires_at = now + std::min(lifetimes_.sliding, lifetimes_.absolute),
                      .absolute_expires_at = now + lifetimes_.absolute},
          .refresh_token = refresh.text(),
          .session_token = token.text()};
}

SignedIn TokenMint::signed_in(FreshSession fresh, accounts::Account account) const {
  const auto& made = fresh.session;
  SessionView view{.session = {.id = made.id,
                               .account = made.account,
                               .credential_version = account.credential_version,
                               .device_id = made.device.id,
                               .created_at = made.created_at,
                               .auth_time = made.created_at,
                               .last_seen_at = made.created_at,
                               .expires_at = made.expires_at,
                               .absolute_expires_at = made.absolute_expires_at},
                   .account = std::move(account)};
  auto access_token = access_tokens_.issue(view);
  const auto device_token = DeviceToken::make(keyring_, view.account.id, view.account.credential_version,
                                              view.session.device_id, made.created_at);
  return {.view = std::move(view),
          .access_token = std::move(access_token),
          .access_token_lifetime = access_tokens_.lifetime(),
          .refresh_token = std::move(fresh.refresh_token),
          .session_token = std::move(fresh.session_token),
          .device_token = device_token.text()};
}

}  // namespace sallyport::sessions
