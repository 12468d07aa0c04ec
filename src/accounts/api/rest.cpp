#include "accounts/api/rest.h"

#include "accounts/accept_language.h"
#include "accounts/api/flow_answer.h"
#include "idempotency/api/header.h"
#include "mail/templates.h"
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
using transport::rest::parse_field;
using transport::rest::parse_optional;

/// The documents of the account routes.
struct RegisterRequest {
  std::optional<std::string> identifier;
  std::optional<std::string> email;
  core::Secret password{""};
  std::optional<std::string> display_name;
  std::optional<std::string> username;  ///< another word for `display_name`, which wins
  std::optional<std::string> locale;
  std::optional<std::string> timezone;
  std::optional<sessions::api::DeviceRequest> device;
  std::optional<std::string> installation_id;
  static constexpr transport::rest::JsonNote notes[] = {
      {"identifier", "The address of the account; another word for `email`.", "email"},
      {"email", "Of at most 254 bytes. Either this or `identifier` is needed.", "email", "ann@example.org"},
      {"password", "Long and not easy to guess.", "", "correct-Horse-7-battery"},
      {"display_name", "What they are called.", "", "Ann Example"},
      {"username", "Another word for `display_name`, which wins."},
      {"locale", "A language tag (BCP 47); without one, what Accept-Language asks for.", "", "de-CH"},
      {"timezone", "A name of the IANA database.", "", "Europe/Zurich"},
      {"installation_id", "Of this copy of the application.", "uuid"}};
};
BOOST_DESCRIBE_STRUCT(RegisterRequest, (),
                      (identifier, email, password, display_name, username, locale, timezone, device, installation_id))

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

/// All that a registration asks for, but the password.
idempotency::NamedRequest named(const idempotency::RequestNamer& name, const idempotency::IdempotencyKey& key,
                                const RegisterRequest& request, const Email& email) {
  using Piece = idempotency::RequestNamer::Piece;
  const auto& device = request.device;
  // By reference: a piece looks into the request, not into a copy of one of its texts.
  const auto of_device = [&](const std::optional<std::string> sessions::api::DeviceRequest::* text) {
    return device && (*device).*text ? Piece(*((*device).*text)) : std::nullopt;
  };
  std::vector<Piece> pieces{email.key().str(),
                            request.display_name,
                            request.username,
                            request.locale,
                            request.timezone,
                            request.installation_id,
                            of_device(&sessions::api::DeviceRequest::id),
                            of_device(&sessions::api::DeviceRequest::name),
                            of_device(&sessions::api::DeviceRequest::type),
                            of_device(&sessions::api::DeviceRequest::client_version)};
  if (device && device->metadata) {
    for (const auto& [key_of_entry, value] : *device->metadata) {
      pieces.emplace_back(key_of_entry);
      pieces.emplace_back(value);
    }
  }
  return name("register", key, pieces);
}

/// Of what the client's browser asks for, what there are mails in (RFC 9110 §12.5.4).
std::optional<Locale> preferred_locale(const Exchange& exchange) {
  std::string header;
  exchange.each_header(
      "Accept-Language",
      [](void* to, std::string_view value) { static_cast<std::string*>(to)->append(value).append(","); }, &header);
  const auto language = AcceptLanguage::parse(header).best_of(mail::languages);
  return language ? std::optional(Locale::parse(*language).value()) : std::nullopt;
}

Result<RegisterAccount> to_command(const AccountRoutes& to, const Exchange& exchange, RegisterRequest request,
                                   std::vector<core::FieldError> wrong) {
  auto email = sessions::api::to_email(request.identifier, request.email, wrong);
  if (email) to.rules.domains.check(*email, request.email ? "email" : "identifier", wrong);
  auto password = parse_field<Password>("password", request.password.reveal(), wrong);
  if (password)
    std::ranges::copy(to.policy.violations(*password, email ? &*email : nullptr, "password"),
                      std::back_inserter(wrong));
  auto display_name = request.display_name ? parse_optional<DisplayName>("display_name", request.display_name, wrong)
                                           : parse_optional<DisplayName>("username", request.username, wrong);
  auto locale = request.locale ? parse_optional<Locale>("locale", request.locale, wrong) : preferred_locale(exchange);
  auto time_zone = parse_optional<TimeZone>("timezone", request.timezone, wrong);
  const auto key = idempotency::api::key_of(exchange, wrong);
  const auto named_request = key && email ? std::optional(named(to.name_request, *key, request, *email)) : std::nullopt;
  auto client = sessions::api::client_of(exchange);
  auto device = sessions::api::to_device(std::move(request.device), std::move(request.installation_id),
                                         sessions::api::device_token_of(exchange, to.jar, to.keyring, to.clock.now()),
                                         client.origin.user_agent, wrong);
  if (!wrong.empty()) return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
  return RegisterAccount{.email = std::move(*email),
                         .password = std::move(*password),
                         .display_name = std::move(display_name),
                         .locale = std::move(locale),
                         .time_zone = std::move(time_zone),
                         .device = std::move(device),
                         .client = std::move(client),
                         .request = named_request};
}

Task<Result<Response>> register_account(const AccountRoutes& to, Exchange& exchange) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<RegisterRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto open = to.rules.check_open();
  if (!open) co_return Result<Response>(core::fail(std::move(open)));
  auto command = to_command(to, exchange, std::move(*request), std::move(wrong));
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
