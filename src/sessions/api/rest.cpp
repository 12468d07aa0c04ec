#include "sessions/api/rest.h"

#include <set>

#include "sessions/api/wire.h"
#include "sessions/refresh_token.h"
#include "sessions/session_token.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::sessions::api {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;

namespace {

std::string cookie_of(const transport::CookieJar& jar, std::string_view token, const Session& session,
                      core::Timestamp now) {
  const auto left = std::chrono::floor<std::chrono::seconds>(session.expires_at - now);
  return jar.set(jar.session_name(), token, std::max(left, std::chrono::seconds{0}));
}

Task<Result<Response>> login(const SessionRoutes& to, Exchange& exchange) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<LoginRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto email = to_email(request->identifier, request->email, wrong);
  auto password = transport::rest::parse_field<accounts::Password>("password", request->password.reveal(), wrong);
  auto client = client_of(exchange);
  auto device_token = device_token_of(exchange, to.jar, to.keyring, to.clock.now());
  auto device = to_device(std::move(request->device), std::move(request->installation_id), device_token,
                          client.origin.user_agent, wrong);
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));

  auto signed_in = co_await to.sign_in({.email = std::move(*email),
                                        .password = std::move(*password),
                                        .device = std::move(device),
                                        .client = std::move(client),
                                        .device_token = std::move(device_token)});
  if (!signed_in) co_return Result<Response>(core::fail(std::move(signed_in)));
  exchange.set_account(signed_in->view.account.id.uuid());
  co_return signed_in_answer(200, std::move(*signed_in), to.jar);
}

Response refreshed_answer(Refreshed refreshed) {
  TokenAnswer answer{.user = to_answer(refreshed.view.account),
                     .session = to_answer(refreshed.view.session),
                     .access_token = std::move(refreshed.access_token),
                     .expires_in = refreshed.access_token_lifetime.count(),
                     .refresh_token = {},
                     .flow = {}};
  if (refreshed.refresh_token) answer.refresh_token = std::string(refreshed.refresh_token->reveal());
  return transport::rest::json_answer(200, answer);
}

/// The body of a request that may as well have none.
Task<Result<RefreshRequest>> optional_refresh_token(const SessionRoutes& to, Exchange& exchange) {
  auto body = co_await exchange.read_body(to.body_limit);
  if (!body) co_return Result<RefreshRequest>(core::fail(std::move(body)));
  if (body->empty()) co_return RefreshRequest{};
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<RefreshRequest>(exchange, to.body_limit, wrong);
  if (request && !wrong.empty()) {
    co_return Result<RefreshRequest>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  }
  co_return request;
}

Task<Result<Response>> refresh(const SessionRoutes& to, Exchange& exchange) {
  auto request = co_await optional_refresh_token(to, exchange);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  if (request->refresh_token) {
    auto refreshed =
        co_await to.refresh({.refresh_token = std::move(*request->refresh_token), .client = client_of(exchange)});
    if (!refreshed) co_return Result<Response>(core::fail(std::move(refreshed)));
    exchange.set_account(refreshed->view.account.id.uuid());
    co_return refreshed_answer(std::move(*refreshed));
  }
  const auto tokens = to.jar.session_values(exchange);
  if (tokens.empty()) {
    co_return Result<Response>(std::unexpected(transport::rest::invalid_fields({{"refresh_token", "missing"}})));
  }
  for (const auto token : tokens) {
    const Credentials credentials{.bearer = {}, .session_tokens = {token}};
    auto view = co_await to.authenticate(credentials);
    if (!view && view.error().fault == core::Fault::unauthenticated) continue;
    if (!view) co_return Result<Response>(core::fail(std::move(view)));
    exchange.set_account((*view)->account.id.uuid());
    auto refreshed = co_await to.refresh.slide(std::move(*view));
    if (!refreshed) co_return Result<Response>(core::fail(std::move(refreshed)));
    auto cookie = cookie_of(to.jar, token, refreshed->view.session, refreshed->view.session.last_seen_at);
    auto response = refreshed_answer(std::move(*refreshed));
    response.fields.push_back({"Set-Cookie", std::move(cookie)});
    co_return response;
  }
  co_return Result<Response>(core::fail(core::Fault::unauthenticated, "session_expired"));
}

/// Every session the request names, by body, bearer and cookie. What names none is passed over: signing out is
/// idempotent.
Task<Result<std::set<core::SessionId>>> named_sessions(const SessionRoutes& to, Exchange& exchange,
                                                       std::optional<core::Secret> refresh_token) {
  using Named = Result<std::set<core::SessionId>>;
  std::set<core::SessionId> sessions;
  if (refresh_token) {
    const auto parsed = RefreshToken::parse(to.keyring, refresh_token->reveal());
    if (parsed) sessions.insert(parsed->session());
  }
  const auto credentials = credentials_of(exchange, to.jar);
  if (!credentials.bearer.empty()) {
    const auto session = to.access_tokens.session_to_end(credentials.bearer);
    if (session) sessions.insert(*session);
  }
  for (const auto token : to.jar.session_values(exchange)) {
    const auto digest = SessionToken::digest_of(token);
    if (!digest) continue;
    const auto view = co_await to.cache.find_by_token(*digest);
    if (view) sessions.insert((*view)->session.id);
    else if (view.error().fault != core::Fault::unauthenticated) co_return Named(std::unexpected(view.error()));
  }
  co_return sessions;
}

Task<Result<Response>> logout(const SessionRoutes& to, Exchange& exchange) {
  auto request = co_await optional_refresh_token(to, exchange);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto sessions = co_await named_sessions(to, exchange, std::move(request->refresh_token));
  if (!sessions) co_return Result<Response>(core::fail(std::move(sessions)));
  for (const auto& session : *sessions) {
    auto ended = co_await to.sign_out(session, client_of(exchange));
    if (!ended) co_return Result<Response>(core::fail(std::move(ended)));
  }
  auto response = Response::no_content();
  response.fields.push_back({"Set-Cookie", to.jar.clear(to.jar.session_name())});
  co_return response;
}

Task<Result<Response>> key_set(const SessionRoutes& to) {
  auto response = Response::json(200, to.access_tokens.jwks());
  response.cache_control = to.key_set_cache_control;  // the router's copy, which outlives every answer
  co_return response;
}

using transport::RouteDescription;
using transport::RouteGroup;
using transport::rest::json_schema;

constexpr RouteDescription login_described{
    .name = "sign_in",
    .group = RouteGroup::signing_in,
    .summary = "Sign in",
    .text = "An address without an account and a wrong password are answered alike, in words and in time.",
    .body = {.document = &json_schema<LoginRequest>},
    .answers = {{.status = 200,
                 .text = "Who is signed in, with tokens and the session cookie.",
                 .document = &json_schema<TokenAnswer>,
                 .headers = {"Set-Cookie"}}},
    .errors = {{401, "invalid_credentials"}, {403, "account_pending"}, {403, "account_suspended"}, {429, "locked"}}};

constexpr RouteDescription refresh_described{
    .name = "refresh_tokens",
    .group = RouteGroup::signing_in,
    .summary = "Get fresh tokens",
    .text =
        "By the refresh token in the body, or without one by the session cookie. A refresh token is good once: used "
        "again, it ends its session.",
    .access = transport::Access::optional,
    .body = {.document = &json_schema<RefreshRequest>, .is_optional = true},
    .answers = {{.status = 200,
                 .text = "The session with its next tokens.",
                 .document = &json_schema<TokenAnswer>,
                 .headers = {"Set-Cookie"}}},
    .errors = {{401, "refresh_token_invalid"}, {401, "refresh_token_reused"}, {401, "session_expired"}}};

constexpr RouteDescription logout_described{
    .name = "sign_out",
    .group = RouteGroup::signing_in,
    .summary = "Sign out",
    .text =
        "Ends every session that the request names, by refresh token, access token or cookie. Asked again, it "
        "answers the same.",
    .access = transport::Access::optional,
    .body = {.document = &json_schema<RefreshRequest>, .is_optional = true},
    .answers = {{.status = 204, .text = "Signed out.", .headers = {"Set-Cookie"}}}};

constexpr RouteDescription key_set_described{
    .name = "get_key_set",
    .group = RouteGroup::operations,
    .summary = "The keys that access tokens are signed with",
    .text = "A JSON Web Key Set (RFC 7517): the public keys that are in use, and the next one before it is.",
    .answers = {{.status = 200, .text = "`keys`.", .media_type = "application/json", .headers = {"Cache-Control"}}}};

}  // namespace

void add_session_cookies(Response& response, const SignedIn& signed_in, const transport::CookieJar& jar) {
  const auto& session = signed_in.view.session;
  response.fields.push_back(
      {"Set-Cookie", cookie_of(jar, signed_in.session_token.reveal(), session, session.created_at)});
  response.fields.push_back(
      {"Set-Cookie", jar.set(jar.device_name(), signed_in.device_token.reveal(), DeviceToken::lifetime)});
}

Response signed_in_answer(int status, SignedIn signed_in, const transport::CookieJar& jar, const core::Secret* flow) {
  TokenAnswer answer{.user = to_answer(signed_in.view.account),
                     .session = to_answer(signed_in.view.session),
                     .access_token = std::move(signed_in.access_token),
                     .expires_in = signed_in.access_token_lifetime.count(),
                     .refresh_token = std::string(signed_in.refresh_token.reveal()),
                     .flow = {}};
  if (flow != nullptr) answer.flow = std::string(flow->reveal());
  auto response = transport::rest::json_answer(status, answer);
  add_session_cookies(response, signed_in, jar);
  return response;
}

void add_session_routes(transport::Router& router, const SessionRoutes& to) {
  using transport::Cookies;
  const auto route = [&](Method method, std::string pattern,
                         Task<Result<Response>> (*answer)(const SessionRoutes&, Exchange&),
                         const RouteDescription& description, transport::RateClass rate = transport::RateClass::other) {
    router.add({.method = method,
                .pattern = std::move(pattern),
                .handler = [to, answer](Exchange& exchange, const Parameters&) { return answer(to, exchange); },
                .cookies = Cookies::used,
                .rate = rate,
                .description = &description});
  };
  route(Method::post, "/v1/auth/login", login, login_described, transport::RateClass::sign_in);
  route(Method::post, "/v1/auth/refresh", refresh, refresh_described);
  route(Method::post, "/v1/auth/logout", logout, logout_described);
  router.add({.method = Method::get,
              .pattern = "/.well-known/jwks.json",
              .handler = [to](Exchange&, const Parameters&) { return key_set(to); },
              .description = &key_set_described});
}

}  // namespace sallyport::sessions::api
