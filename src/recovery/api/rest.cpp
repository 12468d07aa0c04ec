#include "recovery/api/rest.h"

#include "idempotency/api/header.h"
#include "sessions/api/caller.h"
#include "sessions/api/wire.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::recovery::api {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Parameters;
using transport::Response;

struct RecoveryRequest {
  std::optional<std::string> identifier;
  std::optional<std::string> email;
  static constexpr transport::rest::JsonNote notes[] = {
      {"identifier", "The address of the account; another word for `email`.", "email"},
      {"email", "Either this or `identifier` is needed.", "email", "ann@example.org"}};
};
BOOST_DESCRIBE_STRUCT(RecoveryRequest, (), (identifier, email))

struct RecoveryAnswer {
  std::string flow;  ///< to be given with the code; a secret of whoever asked
  std::int64_t expires_in = 0;
  static constexpr transport::rest::JsonNote notes[] = {
      {"flow", "Goes with the code of the mail; a secret of whoever asked. Browsers keep it as a cookie, too."},
      {"expires_in", "Seconds for which link and code are good.", "", "1800"}};
};
BOOST_DESCRIBE_STRUCT(RecoveryAnswer, (), (flow, expires_in))

struct ConfirmRecoveryRequest {
  std::optional<core::Secret> token;
  std::optional<core::Secret> code;
  std::optional<core::Secret> flow;
  core::Secret password{""};
  static constexpr transport::rest::JsonNote notes[] = {
      {"token", "Of the link that was mailed. Either this, or `code` with `flow`."},
      {"code", "Of the mail: eight digits.", "", "41930276"},
      {"flow", "What the answer to the request for a mail called so; browsers have it as a cookie."},
      {"password", "The new one.", "", "purple-Kettle-19-harbour"}};
};
BOOST_DESCRIBE_STRUCT(ConfirmRecoveryRequest, (), (token, code, flow, password))

RequestRecovery to_command(accounts::Email email, const std::optional<idempotency::IdempotencyKey>& key,
                           const idempotency::RequestNamer& name_request) {
  RequestRecovery command{.email = std::move(email)};
  if (!key) return command;
  const idempotency::RequestNamer::Piece pieces[] = {command.email.key().str()};
  command.name = name_request("recovery", *key, pieces);
  return command;
}

transport::ResponseField flow_cookie(const transport::CookieJar& jar, const Requested& requested) {
  const auto text = requested.handle.text();
  return {"Set-Cookie", jar.set(jar.flow_name(), text.reveal(), requested.expires_in)};
}

std::string_view handle_of(const Exchange& exchange, const transport::CookieJar& jar, std::string_view named) {
  return named.empty() ? jar.flow_value(exchange) : named;
}

namespace {

std::string_view text_of(const std::optional<core::Secret>& secret) { return secret ? secret->reveal() : ""; }

Task<Result<Response>> request(const RecoveryRoutes& to, Exchange& exchange) {
  std::vector<core::FieldError> wrong;
  auto asked = co_await transport::rest::read_json<RecoveryRequest>(exchange, to.body_limit, wrong);
  if (!asked) co_return Result<Response>(core::fail(std::move(asked)));
  auto email = sessions::api::to_email(asked->identifier, asked->email, wrong);
  const auto key = idempotency::api::key_of(exchange, wrong);
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  auto command = to_command(std::move(*email), key, to.name_request);
  auto requested = co_await to.request_recovery(std::move(command));
  if (!requested) co_return Result<Response>(core::fail(std::move(requested)));
  const auto handle = requested->handle.text();
  auto response = transport::rest::json_answer(
      202, RecoveryAnswer{.flow = std::string(handle.reveal()), .expires_in = requested->expires_in.count()});
  response.fields.push_back(flow_cookie(to.jar, *requested));
  co_return response;
}

Task<Result<Response>> confirm(const RecoveryRoutes& to, Exchange& exchange) {
  std::vector<core::FieldError> wrong;
  auto asked = co_await transport::rest::read_json<ConfirmRecoveryRequest>(exchange, to.body_limit, wrong);
  if (!asked) co_return Result<Response>(core::fail(std::move(asked)));
  auto proof = flows::parse_proof({.token = text_of(asked->token),
                                   .code = text_of(asked->code),
                                   .flow = handle_of(exchange, to.jar, text_of(asked->flow))},
                                  wrong);
  auto password = transport::rest::parse_field<accounts::Password>("password", asked->password.reveal(), wrong);
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  auto confirmed = co_await to.confirm_recovery(
      {.proof = std::move(*proof), .password = std::move(*password), .client = sessions::api::client_of(exchange)});
  if (!confirmed) co_return Result<Response>(core::fail(std::move(confirmed)));
  exchange.set_account(confirmed->uuid());
  auto response = Response::no_content();
  response.fields.push_back({"Set-Cookie", to.jar.clear(to.jar.flow_name())});
  co_return response;
}

using transport::RouteDescription;
using transport::RouteGroup;
using transport::rest::json_schema;

constexpr RouteDescription request_described{
    .name = "request_recovery",
    .group = RouteGroup::mailbox,
    .summary = "Forgotten password: ask for a mail",
    .text = "The answer is the same whether there is such an account or not.",
    .parameters = {idempotency::api::described_header},
    .body = {.document = &json_schema<RecoveryRequest>},
    .answers = {{.status = 202,
                 .text = "If there is such an account, a mail with a link and a code is on its way.",
                 .document = &json_schema<RecoveryAnswer>,
                 .headers = {"Set-Cookie"}}},
    .errors = {{409, "already_done"}, {422, "idempotency_key_reused"}}};

constexpr RouteDescription confirm_described{
    .name = "confirm_recovery",
    .group = RouteGroup::mailbox,
    .summary = "Forgotten password: choose another",
    .text = "With the link's token, or the code and its flow. Ends every session of the account.",
    .body = {.document = &json_schema<ConfirmRecoveryRequest>},
    .answers = {{.status = 204, .text = "The password is changed.", .headers = {"Set-Cookie"}}},
    .errors = {{422, "flow_invalid"}}};

}  // namespace

void add_recovery_routes(transport::Router& router, const RecoveryRoutes& to) {
  const auto route = [&](std::string pattern, Task<Result<Response>> (*answer)(const RecoveryRoutes&, Exchange&),
                         transport::RateClass rate, const RouteDescription& description) {
    router.add({.method = transport::Method::post,
                .pattern = std::move(pattern),
                .handler = [to, answer](Exchange& exchange, const Parameters&) { return answer(to, exchange); },
                .cookies = transport::Cookies::used,
                .rate = rate,
                .description = &description});
  };
  route("/v1/auth/recovery", request, transport::RateClass::mail, request_described);
  route("/v1/auth/recovery/confirm", confirm, transport::RateClass::sign_in, confirm_described);
}

}  // namespace sallyport::recovery::api
