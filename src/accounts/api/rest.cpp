#include "accounts/api/rest.h"

#include "accounts/api/flow_answer.h"
#include "accounts/api/registration.h"
#include "idempotency/api/header.h"
#include "sessions/api/rest.h"
#include "sessions/api/wire.h"
#include "sessions/fresh_authentication.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::accounts::api {

using core::Result;
using core::Task;
using sessions::SharedView;
using transport::Access;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;
using transport::RouteDescription;
using transport::RouteGroup;
using transport::rest::json_schema;
using transport::rest::parse_change;

/// A JSON merge patch (RFC 7396): null clears, absence leaves alone.
struct ProfileRequest {
  std::optional<std::optional<std::string>> display_name;
  std::optional<std::optional<std::string>> locale;
  std::optional<std::optional<std::string>> timezone;
  std::optional<std::optional<std::string>> phone;
  static constexpr transport::rest::JsonNote notes[] = {
      {"display_name", "What they are called.", "", "Ann Example"},
      {"locale", "A language tag (BCP 47).", "", "de-CH"},
      {"timezone", "A name of the IANA database.", "", "Europe/Zurich"},
      {"phone", "In the form of E.164; a change needs a fresh proof of who asks.", "", "+41443640000"}};
};
BOOST_DESCRIBE_STRUCT(ProfileRequest, (), (display_name, locale, timezone, phone))

namespace {

Task<Result<Response>> register_account(const AccountRoutes& to, Exchange& exchange) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<RegisterRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto open = to.rules.check_open();
  if (!open) co_return Result<Response>(core::fail(std::move(open)));
  auto key = idempotency::api::key_of(exchange, wrong);
  auto command =
      to_command(to.rules_of_registration(), exchange, std::move(*request),
                 {.key = std::move(key),
                  .device_token = sessions::api::device_token_of(exchange, to.jar, to.keyring, to.clock.now())},
                 std::move(wrong));
  if (!command) co_return Result<Response>(core::fail(std::move(command)));
  auto registered = co_await to.register_account(std::move(*command));
  if (!registered) co_return Result<Response>(core::fail(std::move(registered)));
  if (!registered->signed_in) co_return flow_answer(*registered->flow, to.jar, TellPending::yes);
  auto& signed_in = *registered->signed_in;
  exchange.set_account(signed_in.view.account.id.uuid());
  const auto& flow = registered->flow;
  auto response = sessions::api::signed_in_answer(201, std::move(signed_in), to.jar, flow ? &flow->handle : nullptr);
  if (flow) response.fields.push_back(flow_cookie(*flow, to.jar));
  co_return response;
}

Task<Result<Response>> show_profile(Exchange&, const Parameters&, SharedView view) {
  co_return transport::rest::json_answer(200, sessions::api::to_answer(view->account));
}

Task<Result<Response>> change_profile(const AccountRoutes& to, Exchange& exchange, SharedView view) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<ProfileRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  ProfileChange change{.account = view->account.id,
                       .display_name = parse_change<DisplayName>("display_name", request->display_name, wrong),
                       .locale = parse_change<Locale>("locale", request->locale, wrong),
                       .time_zone = parse_change<TimeZone>("timezone", request->timezone, wrong),
                       .phone = parse_change<Phone>("phone", request->phone, wrong),
                       .now = to.clock.now(),
                       .origin = sessions::api::client_of(exchange).origin};
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  if (!change.display_name && !change.locale && !change.time_zone && !change.phone) {
    co_return transport::rest::json_answer(200, sessions::api::to_answer(view->account));
  }
  if (change.phone) {  // design.md 6: whoever holds a session for a moment does not redirect its owner's messages
    auto fresh = sessions::require_fresh(*view, change.now);
    if (!fresh) co_return Result<Response>(core::fail(std::move(fresh)));
  }
  auto changed = co_await to.update_profile(std::move(change));
  if (!changed) co_return Result<Response>(core::fail(std::move(changed)));
  co_return transport::rest::json_answer(200, sessions::api::to_answer(*changed));
}

constexpr RouteDescription register_described{
    .name = "register_account",
    .group = RouteGroup::signing_in,
    .summary = "Create an account",
    .text =
        "Creates an account and signs in. Where an address must be proven first, the answer is 202 and says nothing "
        "of whether the address was taken: its owner hears that by mail.",
    .parameters = {idempotency::api::described_header},
    .body = {.document = &json_schema<RegisterRequest>},
    .answers = {{.status = 201,
                 .text = "The account is there, and signed in.",
                 .document = &json_schema<sessions::api::TokenAnswer>,
                 .headers = {"Set-Cookie"}},
                {.status = 202,
                 .text = "A mail with a link and a code is on its way; one of them completes the account.",
                 .document = &json_schema<FlowAnswer>,
                 .headers = {"Set-Cookie"}}},
    .errors = {{403, "invitation_required"},
               {403, "registration_closed"},
               {409, "already_done"},
               {409, "identifier_taken"},
               {422, "idempotency_key_reused"}}};

constexpr RouteDescription show_described{
    .name = "get_own_account",
    .group = RouteGroup::own_account,
    .summary = "Who is signed in",
    .access = Access::signed_in,
    .answers = {{.status = 200, .text = "The account.", .document = &json_schema<sessions::api::UserAnswer>}}};

constexpr RouteDescription change_described{
    .name = "update_own_account",
    .group = RouteGroup::own_account,
    .summary = "Change the profile",
    .text = "A merge patch (RFC 7396): null clears, and what is left out stays.",
    .access = Access::signed_in,
    .body = {.document = &json_schema<ProfileRequest>},
    .answers = {{.status = 200,
                 .text = "The account as it is now.",
                 .document = &json_schema<sessions::api::UserAnswer>}},
    .errors = {{403, "fresh_authentication_required"}}};

}  // namespace

void add_account_routes(transport::Router& router, const AccountRoutes& to) {
  using sessions::api::signed_in;
  using transport::Cookies;
  router.add({.method = Method::post,
              .pattern = "/v1/auth/register",
              .handler = [to](Exchange& exchange, const Parameters&) { return register_account(to, exchange); },
              .cookies = Cookies::used,
              .rate = transport::RateClass::registration,
              .description = &register_described});
  router.add({.method = Method::get,
              .pattern = "/v1/auth/me",
              .handler = signed_in(to.authenticate, to.jar, show_profile),
              .cookies = Cookies::used,
              .description = &show_described});
  router.add({.method = Method::patch,
              .pattern = "/v1/auth/me",
              .handler = signed_in(to.authenticate, to.jar,
                                   [to](Exchange& exchange, const Parameters&, SharedView view) {
                                     return change_profile(to, exchange, std::move(view));
                                   }),
              .cookies = Cookies::used,
              .description = &change_described});
}

}  // namespace sallyport::accounts::api
