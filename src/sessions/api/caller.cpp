#include "sessions/api/caller.h"

#include "sessions/administrator.h"
#include "sessions/fresh_authentication.h"
#include "sessions/session_token.h"
#include "transport/http1/header_field.h"

namespace sallyport::sessions::api {
namespace {

constexpr std::size_t max_user_agent = 512;

core::Task<core::Result<transport::Response>> refused(core::Error why) {
  co_return core::Result<transport::Response>(std::unexpected(std::move(why)));
}

/// The token of `Authorization: Bearer` (RFC 6750 §2.1); another scheme is not for us.
std::string_view bearer_token(const transport::Exchange& exchange) {
  static constexpr std::string_view scheme = "Bearer ";
  const auto value = exchange.header("Authorization").value_or("");
  if (value.size() <= scheme.size() || !transport::http1::equals_ignoring_case(value.substr(0, scheme.size()), scheme))
    return {};
  return transport::http1::trim_ows(value.substr(scheme.size()));
}

}  // namespace

Client client_of(const transport::Exchange& exchange) {
  const auto user_agent = exchange.header("User-Agent").value_or("");
  return {.origin = {.ip = exchange.client().ip(),
                     .user_agent = std::string(user_agent.substr(0, max_user_agent)),
                     .request_id = std::string(exchange.request_id())},
          .network = exchange.client().network()};
}

Credentials bearer_credentials_of(const transport::Exchange& exchange) {
  const auto token = bearer_token(exchange);
  if (token.starts_with(SessionToken::prefix)) return {.bearer = {}, .session_tokens = {token}};
  return {.bearer = token, .session_tokens = {}};
}

Credentials credentials_of(const transport::Exchange& exchange, const transport::CookieJar& jar) {
  Credentials credentials{.bearer = bearer_token(exchange), .session_tokens = {}};
  if (credentials.bearer.empty()) credentials.session_tokens = jar.session_values(exchange);
  return credentials;
}

std::optional<DeviceToken> device_token_of(const transport::Exchange& exchange, const transport::CookieJar& jar,
                                           const crypto::Keyring& keyring, core::Timestamp now) {
  return DeviceToken::parse(keyring, jar.device_value(exchange), now);
}

transport::Handler signed_in(Authenticator& authenticate, const transport::CookieJar& jar, CallerHandler handler) {
  struct SignedIn {
    Authenticator& authenticate;
    const transport::CookieJar& jar;
    CallerHandler handler;
    // A member coroutine: the handler object outlives every call of it, as a lambda's captures would not be sure to.
    core::Task<core::Result<transport::Response>> answer(transport::Exchange& exchange,
                                                         const transport::Parameters& parameters) const {
      auto view = co_await authenticate(credentials_of(exchange, jar));
      if (!view) co_return core::Result<transport::Response>(core::fail(std::move(view)));
      exchange.set_account((*view)->account.id.uuid());
      co_return co_await handler(exchange, parameters, std::move(*view));
    }
  };
  auto shared = std::make_shared<const SignedIn>(authenticate, jar, std::move(handler));
  return [shared](transport::Exchange& exchange, const transport::Parameters& parameters) {
    return shared->answer(exchange, parameters);
  };
}

transport::Handler for_administrators(Authenticator& authenticate, const transport::CookieJar& jar,
                                      CallerHandler handler) {
  return signed_in(authenticate, jar,
                   [handler = std::move(handler)](transport::Exchange& exchange,
                                                  const transport::Parameters& parameters, SharedView view) {
                     auto allowed = require_administrator(*view);
                     if (!allowed) return refused(std::move(allowed).error());
                     return handler(exchange, parameters, std::move(view));
                   });
}

transport::Handler for_fresh_administrators(Authenticator& authenticate, const transport::CookieJar& jar,
                                            const core::Clock& clock, CallerHandler handler) {
  return for_administrators(
      authenticate, jar,
      [&clock, handler = std::move(handler)](transport::Exchange& exchange, const transport::Parameters& parameters,
                                             SharedView view) {
        auto fresh = require_fresh(*view, clock.now());
        if (!fresh) return refused(std::move(fresh).error());
        return handler(exchange, parameters, std::move(view));
      });
}

}  // namespace sallyport::sessions::api
