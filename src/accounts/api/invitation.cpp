#include "accounts/api/invitation.h"

#include <algorithm>

#include "sessions/api/caller.h"
#include "sessions/api/rest.h"
#include "sessions/api/wire.h"
#include "transport/pages/form.h"
#include "transport/pages/page.h"
#include "transport/pages/refusal.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::accounts::api {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;
using transport::pages::Form;
using transport::pages::Html;
using transport::pages::Refusal;
using transport::rest::parse_field;
using transport::rest::parse_optional;
using Wrong = std::vector<core::FieldError>;

struct ConfirmInvitationRequest {
  core::Secret token{""};
  core::Secret password{""};
  std::optional<std::string> display_name;
  std::optional<sessions::api::DeviceRequest> device;
  std::optional<std::string> installation_id;
  static constexpr transport::rest::JsonNote notes[] = {
      {"token", "Of the link that was mailed."},
      {"password", "The account's first.", "", "correct-Horse-7-battery"},
      {"display_name", "What they are called.", "", "Ann Example"},
      {"installation_id", "Of this copy of the application.", "uuid"}};
};
BOOST_DESCRIBE_STRUCT(ConfirmInvitationRequest, (), (token, password, display_name, device, installation_id))

namespace {

Result<TakeInvitation> to_command(const InvitationRoutes& to, const Exchange& exchange,
                                  ConfirmInvitationRequest request, Wrong wrong) {
  auto token = parse_field<flows::LinkToken>("token", request.token.reveal(), wrong);
  auto password = parse_field<Password>("password", request.password.reveal(), wrong);
  auto display_name = parse_optional<DisplayName>("display_name", request.display_name, wrong);
  auto client = sessions::api::client_of(exchange);
  auto device = sessions::api::to_device(std::move(request.device), std::move(request.installation_id),
                                         sessions::api::device_token_of(exchange, to.jar, to.keyring, to.clock.now()),
                                         client.origin.user_agent, wrong);
  if (!wrong.empty()) return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
  return TakeInvitation{.token = std::move(*token),
                        .password = std::move(*password),
                        .display_name = std::move(display_name),
                        .device = std::move(device),
                        .client = std::move(client)};
}

Task<Result<sessions::SignedIn>> take(const InvitationRoutes& to, Exchange& exchange, ConfirmInvitationRequest request,
                                      Wrong wrong) {
  using Outcome = Result<sessions::SignedIn>;
  auto command = to_command(to, exchange, std::move(request), std::move(wrong));
  if (!command) co_return Outcome(core::fail(std::move(command)));
  auto taken = co_await to.accept(std::move(*command));
  if (taken) exchange.set_account(taken->view.account.id.uuid());
  co_return taken;
}

Response answer_of(const InvitationRoutes& to, sessions::SignedIn signed_in) {
  return sessions::api::signed_in_answer(200, std::move(signed_in), to.jar);
}

Task<Result<Response>> confirm(const InvitationRoutes& to, Exchange& exchange) {
  Wrong wrong;
  auto request = co_await transport::rest::read_json<ConfirmInvitationRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto taken = co_await take(to, exchange, std::move(*request), std::move(wrong));
  if (!taken) co_return Result<Response>(core::fail(std::move(taken)));
  co_return answer_of(to, std::move(*taken));
}

// --- the page; a password is never shown again

Response form_page(const Refusal& refusal, std::string_view token, std::string_view display_name) {
  Html html;
  refusal.add_notice(html);
  html.markup(
      "<p>An account waits for you here. Choose a password, and it is yours.</p>\n"
      "<form method=\"post\" action=\"/accept-invitation\">\n");
  add_hidden_field(html, "token", token);
  add_field(html, {.name = "password",
                   .label = "Password",
                   .type = "password",
                   .autocomplete = "new-password",
                   .hint = "Long and not easy to guess; a few words that do not belong together do well.",
                   .errors = refusal.sentences_of("password")});
  add_field(html, {.name = "display_name",
                   .label = "Name (optional)",
                   .type = "text",
                   .autocomplete = "name",
                   .value = display_name,
                   .errors = refusal.sentences_of("display_name"),
                   .is_required = false});
  html.markup("<button type=\"submit\">Accept the invitation</button>\n</form>\n");
  auto response = transport::pages::page(refusal.status, "Your invitation", html);
  refusal.mark(response);
  return response;
}

Response dead_link_page() {
  Html html;
  html.markup(
      "<p>This invitation was used before, has expired, or was replaced by a newer one. Whoever invited you can send "
      "another one.</p>\n");
  auto response = transport::pages::page(422, "Your invitation", html);
  response.outcome = "flow_invalid";
  return response;
}

bool is_about_the_link(const core::Error& error) {
  return error.code == "flow_invalid" ||
         std::ranges::find(error.fields, "token", &core::FieldError::field) != error.fields.end();
}

Task<Result<Response>> show_form(const InvitationRoutes& to, Exchange& exchange) {
  const auto query = Form::parse(exchange.query());
  const auto text = query ? (*query)["token"] : std::string_view{};
  const auto token = flows::LinkToken::parse(text);
  if (!token) co_return dead_link_page();
  const auto invited = co_await to.accept.look(*token);
  if (invited) co_return form_page({}, text, invited->display_name.value_or(""));
  if (is_about_the_link(invited.error())) co_return dead_link_page();
  co_return Result<Response>(std::unexpected(invited.error()));
}

Task<Result<sessions::SignedIn>> take_from_form(const InvitationRoutes& to, Exchange& exchange, const Form& form) {
  ConfirmInvitationRequest request{.token = core::Secret(form["token"]),
                                   .password = core::Secret(form["password"]),
                                   .display_name = std::nullopt,
                                   .device = std::nullopt,
                                   .installation_id = std::nullopt};
  if (!form["display_name"].empty()) request.display_name = form["display_name"];
  return take(to, exchange, std::move(request), {});
}

Task<Result<Response>> submit_form(const InvitationRoutes& to, Exchange& exchange) {
  auto form = co_await transport::pages::read_form(exchange);
  auto taken =
      form ? co_await take_from_form(to, exchange, *form) : Result<sessions::SignedIn>(std::unexpected(form.error()));
  if (!taken) {
    if (is_about_the_link(taken.error())) co_return dead_link_page();
    auto refusal = transport::pages::refusal_of(std::move(taken).error(), form ? &*form : nullptr);
    if (!refusal) co_return Result<Response>(core::fail(std::move(refusal)));
    if (!form) co_return form_page(*refusal, {}, {});
    co_return form_page(*refusal, (*form)["token"], (*form)["display_name"]);
  }
  Html html;
  html.markup("<p role=\"status\">The account is yours, and you are signed in.</p>\n");
  auto response = transport::pages::page(200, "Welcome", html);
  std::ranges::move(answer_of(to, std::move(*taken)).fields, std::back_inserter(response.fields));
  co_return response;
}

using transport::RouteDescription;
using transport::RouteGroup;

constexpr RouteDescription confirm_described{
    .name = "accept_invitation",
    .group = RouteGroup::mailbox,
    .summary = "Accept an invitation",
    .text = "Sets the first password and signs in.",
    .body = {.document = &transport::rest::json_schema<ConfirmInvitationRequest>},
    .answers = {{.status = 200,
                 .text = "The account is active, and signed in.",
                 .document = &transport::rest::json_schema<sessions::api::TokenAnswer>,
                 .headers = {"Set-Cookie"}}},
    .errors = {{422, "flow_invalid"}}};

constexpr RouteDescription page_described{
    .name = "show_invitation_page",
    .group = RouteGroup::pages,
    .summary = "Where an invitation leads",
    .parameters = {{.in = transport::DescribedParameter::In::query, .name = "token", .text = "Of the link."}},
    .answers = {{.status = 200, .text = "A form.", .media_type = "text/html"},
                {.status = 422, .text = "The link is of no use any more.", .media_type = "text/html"}}};

constexpr RouteDescription form_described{
    .name = "submit_invitation_page",
    .group = RouteGroup::pages,
    .summary = "Accept an invitation, by form",
    .body = {.media_types = {"application/x-www-form-urlencoded"}},
    .answers = {{.status = 200, .text = "It is accepted.", .media_type = "text/html", .headers = {"Set-Cookie"}},
                {.status = 422, .text = "The form again, with what was wrong.", .media_type = "text/html"}}};

}  // namespace

void add_invitation_routes(transport::Router& router, const InvitationRoutes& to) {
  using transport::Cookies;
  using transport::RateClass;
  const auto add = [&](Method method, std::string pattern,
                       Task<Result<Response>> (*answer)(const InvitationRoutes&, Exchange&), Cookies cookies,
                       RateClass rate, const RouteDescription& description) {
    router.add({.method = method,
                .pattern = std::move(pattern),
                .handler = [to, answer](Exchange& exchange, const Parameters&) { return answer(to, exchange); },
                .cookies = cookies,
                .rate = rate,
                .description = &description});
  };
  add(Method::post, "/v1/auth/invitation/confirm", confirm, Cookies::used, RateClass::sign_in, confirm_described);
  add(Method::get, "/accept-invitation", show_form, Cookies::none, RateClass::other, page_described);
  add(Method::post, "/accept-invitation", submit_form, Cookies::used, RateClass::sign_in, form_described);
}

}  // namespace sallyport::accounts::api
