#include "verification/api/rest.h"

#include "accounts/api/flow_answer.h"
#include "sessions/api/rest.h"
#include "sessions/api/wire.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::verification::api {

using accounts::api::flow_answer;
using core::Result;
using core::Task;
using sessions::SharedView;
using transport::Exchange;
using transport::Parameters;
using transport::Response;
using transport::rest::invalid_fields;
using transport::rest::parse_field;

struct VerificationRequest {
  std::optional<std::string> identifier;
  std::optional<std::string> email;
  static constexpr transport::rest::JsonNote notes[] = {
      {"identifier", "Another word for `email`.", "email"},
      {"email", "Of an account. Without one, the address of who is signed in.", "email", "ann@example.org"}};
};
BOOST_DESCRIBE_STRUCT(VerificationRequest, (), (identifier, email))

struct ConfirmVerificationRequest {
  std::optional<core::Secret> token;
  std::optional<core::Secret> code;
  std::optional<core::Secret> flow;
  std::optional<core::Secret> password;
  std::optional<bool> not_me;
  std::optional<sessions::api::DeviceRequest> device;
  std::optional<std::string> installation_id;
  static constexpr transport::rest::JsonNote notes[] = {
      {"token", "Of the link that was mailed. Either this, or `code` with `flow`."},
      {"code", "Of the mail: eight digits.", "", "41930276"},
      {"flow", "What the answer that started this called so; browsers have it as a cookie."},
      {"password", "Of the account; only where `password_needed` was the answer.", "", "correct-Horse-7-battery"},
      {"not_me", "True: somebody else gave this address. Needs `token`."},
      {"installation_id", "Of this copy of the application.", "uuid"}};
};
BOOST_DESCRIBE_STRUCT(ConfirmVerificationRequest, (), (token, code, flow, password, not_me, device, installation_id))

struct VerifiedAnswer {
  sessions::api::UserAnswer user;
};
BOOST_DESCRIBE_STRUCT(VerifiedAnswer, (), (user))

struct ChangeAddressRequest {
  std::string email;
  core::Secret password{""};
  static constexpr transport::rest::JsonNote notes[] = {{"email", "The new one.", "email", "ann@example.net"},
                                                        {"password", "", "", "correct-Horse-7-battery"}};
};
BOOST_DESCRIBE_STRUCT(ChangeAddressRequest, (), (email, password))

namespace {

std::string_view text_of(const std::optional<core::Secret>& secret) { return secret ? secret->reveal() : ""; }

Task<Result<VerificationRequest>> read_request(const VerificationRoutes& to, Exchange& exchange,
                                               std::vector<core::FieldError>& wrong) {
  auto body = co_await exchange.read_body(to.body_limit);
  if (!body) co_return Result<VerificationRequest>(core::fail(std::move(body)));
  if (body->empty()) co_return VerificationRequest{};
  co_return co_await transport::rest::read_json<VerificationRequest>(exchange, to.body_limit, wrong);
}

/// Who is signed in asks for their own address, anybody else for one that they name.
Task<Result<Response>> ask(const VerificationRoutes& to, Exchange& exchange) {
  std::vector<core::FieldError> wrong;
  auto asked = co_await read_request(to, exchange, wrong);
  if (!asked) co_return Result<Response>(core::fail(std::move(asked)));
  const bool names_somebody = asked->email || asked->identifier;
  if (!names_somebody) {
    if (!wrong.empty()) co_return Result<Response>(std::unexpected(invalid_fields(std::move(wrong))));
    auto view = co_await to.authenticate(sessions::api::credentials_of(exchange, to.jar));
    if (!view) co_return Result<Response>(core::fail(std::move(view)));
    exchange.set_account((*view)->account.id.uuid());
    auto started = co_await to.ask(std::move(*view));
    if (!started) co_return Result<Response>(core::fail(std::move(started)));
    co_return flow_answer(*started, to.jar);
  }
  auto email = sessions::api::to_email(asked->identifier, asked->email, wrong);
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(invalid_fields(std::move(wrong))));
  auto started = co_await to.request(std::move(*email));
  if (!started) co_return Result<Response>(core::fail(std::move(started)));
  co_return flow_answer(*started, to.jar);
}

Task<Result<Response>> disown(const VerificationRoutes& to, Exchange& exchange, const ConfirmVerificationRequest& asked,
                              std::vector<core::FieldError> wrong) {
  if (text_of(asked.token).empty()) wrong.push_back({"token", "missing"});
  auto link = parse_field<flows::LinkToken>("token", text_of(asked.token), wrong);
  if (!link) co_return Result<Response>(std::unexpected(invalid_fields(std::move(wrong))));
  auto disowned = co_await to.confirm.disown(std::move(*link), sessions::api::client_of(exchange));
  if (!disowned) co_return Result<Response>(core::fail(std::move(disowned)));
  co_return Response::no_content();
}

Task<Result<Response>> confirm(const VerificationRoutes& to, Exchange& exchange) {
  std::vector<core::FieldError> wrong;
  auto asked = co_await transport::rest::read_json<ConfirmVerificationRequest>(exchange, to.body_limit, wrong);
  if (!asked) co_return Result<Response>(core::fail(std::move(asked)));
  if (asked->not_me.value_or(false)) co_return co_await disown(to, exchange, *asked, std::move(wrong));
  auto proof = flows::parse_proof({.token = text_of(asked->token),
                                   .code = text_of(asked->code),
                                   .flow = accounts::api::handle_of(exchange, to.jar, text_of(asked->flow))},
                                  wrong);
  std::optional<accounts::Password> password;
  if (asked->password) password = parse_field<accounts::Password>("password", asked->password->reveal(), wrong);
  auto client = sessions::api::client_of(exchange);
  auto device = sessions::api::to_device(std::move(asked->device), std::move(asked->installation_id),
                                         sessions::api::device_token_of(exchange, to.jar, to.keyring, to.clock.now()),
                                         client.origin.user_agent, wrong);
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(invalid_fields(std::move(wrong))));
  auto browser = co_await browser_of(to, exchange, text_of(asked->flow));
  if (!browser) co_return Result<Response>(core::fail(std::move(browser)));
  auto confirmed = co_await to.confirm({.proof = std::move(*proof),
                                        .browser = std::move(*browser),
                                        .password = std::move(password),
                                        .device = std::move(device),
                                        .client = std::move(client)});
  if (!confirmed) {
    if (confirmed.error().code == "wrong_password") confirmed.error().fields.push_back({"password", "wrong"});
    co_return Result<Response>(core::fail(std::move(confirmed)));
  }
  exchange.set_account(confirmed->account.id.uuid());
  auto response = confirmed->signed_in ? sessions::api::signed_in_answer(200, std::move(*confirmed->signed_in), to.jar)
                                       : transport::rest::json_answer(
                                             200, VerifiedAnswer{.user = sessions::api::to_answer(confirmed->account)});
  response.fields.push_back({"Set-Cookie", to.jar.clear(to.jar.flow_name())});
  co_return response;
}

Task<Result<Response>> change_address(const VerificationRoutes& to, Exchange& exchange, SharedView view) {
  std::vector<core::FieldError> wrong;
  auto asked = co_await transport::rest::read_json<ChangeAddressRequest>(exchange, to.body_limit, wrong);
  if (!asked) co_return Result<Response>(core::fail(std::move(asked)));
  auto email = parse_field<accounts::Email>("email", asked->email, wrong);
  if (email) to.rules.domains.check(*email, "email", wrong);
  if (email && email->str() == view->account.email) wrong.push_back({"email", "same_address"});
  auto password = parse_field<accounts::Password>("password", asked->password.reveal(), wrong);
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(invalid_fields(std::move(wrong))));
  auto started = co_await to.change_address({.view = std::move(view),
                                             .email = std::move(*email),
                                             .password = std::move(*password),
                                             .client = sessions::api::client_of(exchange)});
  if (!started) {
    if (started.error().code == "wrong_password") started.error().fields.push_back({"password", "wrong"});
    co_return Result<Response>(core::fail(std::move(started)));
  }
  co_return flow_answer(*started, to.jar);
}

using transport::RouteDescription;
using transport::RouteGroup;
using transport::rest::json_schema;

constexpr RouteDescription ask_described{
    .name = "request_verification",
    .group = RouteGroup::mailbox,
    .summary = "Ask for a mail that proves an address",
    .text =
        "Who is signed in asks for their own address, with no body. Anybody may name one, and hears the same "
        "whether there is such an account or not.",
    .access = transport::Access::optional,
    .body = {.document = &json_schema<VerificationRequest>, .is_optional = true},
    .answers = {{.status = 202,
                 .text = "A mail with a link and a code is on its way.",
                 .document = &json_schema<accounts::api::FlowAnswer>,
                 .headers = {"Set-Cookie"}}},
    .errors = {{401, "not_authenticated"}, {409, "already_verified"}, {429, "throttled"}}};

constexpr RouteDescription confirm_described{
    .name = "confirm_verification",
    .group = RouteGroup::mailbox,
    .summary = "Prove an address",
    .text = "With the link's token, or the code and its flow. An account that waited for this is signed in.",
    .access = transport::Access::optional,
    .body = {.document = &json_schema<ConfirmVerificationRequest>},
    .answers = {{.status = 200,
                 .text = "The address is proven; an account that waited for this is signed in.",
                 .document = &json_schema<sessions::api::TokenAnswer>,
                 .headers = {"Set-Cookie"}},
                {.status = 200,
                 .text = "The address is proven.",
                 .document = &json_schema<VerifiedAnswer>,
                 .headers = {"Set-Cookie"}},
                {.status = 204, .text = "After `not_me`: the account, or the change, is gone."}},
    .errors = {{403, "password_needed"},
               {403, "wrong_password"},
               {409, "identifier_taken"},
               {409, "last_administrator"},
               {422, "flow_invalid"},
               {429, "locked"}}};

constexpr RouteDescription change_described{
    .name = "change_own_address",
    .group = RouteGroup::own_account,
    .summary = "Change the address",
    .text = "The new address is the account's once it is proven; the old one is told.",
    .access = transport::Access::signed_in,
    .body = {.document = &json_schema<ChangeAddressRequest>},
    .answers = {{.status = 202,
                 .text = "A mail with a link and a code is on its way to the new address.",
                 .document = &json_schema<accounts::api::FlowAnswer>,
                 .headers = {"Set-Cookie"}}},
    .errors = {{403, "wrong_password"}, {429, "locked"}, {429, "throttled"}}};

}  // namespace

Task<Result<Browser>> browser_of(const VerificationRoutes& to, const Exchange& exchange, std::string_view named) {
  return browser_of(to.authenticate, accounts::api::handle_of(exchange, to.jar, named),
                    sessions::api::credentials_of(exchange, to.jar));
}

Task<Result<Browser>> browser_of(sessions::Authenticator& authenticate, std::string_view handle_text,
                                 sessions::Credentials credentials) {
  Browser browser;
  auto handle = flows::FlowHandle::parse(handle_text);
  if (handle) browser.handle = std::move(*handle);
  if (credentials.is_empty()) co_return browser;
  auto view = co_await authenticate(std::move(credentials));
  if (view) browser.account = (*view)->account.id;
  else if (view.error().fault != core::Fault::unauthenticated) co_return Result<Browser>(core::fail(std::move(view)));
  co_return browser;
}

void add_verification_routes(transport::Router& router, const VerificationRoutes& to) {
  using transport::Cookies;
  using transport::Method;
  using transport::RateClass;
  router.add({.method = Method::post,
              .pattern = "/v1/auth/verification",
              .handler = [to](Exchange& exchange, const Parameters&) { return ask(to, exchange); },
              .cookies = Cookies::used,
              .rate = RateClass::mail,
              .description = &ask_described});
  router.add({.method = Method::post,
              .pattern = "/v1/auth/verification/confirm",
              .handler = [to](Exchange& exchange, const Parameters&) { return confirm(to, exchange); },
              .cookies = Cookies::used,
              .rate = RateClass::sign_in,
              .description = &confirm_described});
  router.add({.method = Method::post,
              .pattern = "/v1/auth/email",
              .handler = sessions::api::signed_in(to.authenticate, to.jar,
                                                  [to](Exchange& exchange, const Parameters&, SharedView view) {
                                                    return change_address(to, exchange, std::move(view));
                                                  }),
              .cookies = Cookies::used,
              .rate = RateClass::sign_in,
              .description = &change_described});
}

}  // namespace sallyport::verification::api
