#include "accounts/api/invitation.h"

#include <algorithm>

#include "sessions/api/caller.h"
#include "sessions/api/rest.h"
#include "sessions/api/wire.h"
#include "transport/http1/uri.h"
#include "transport/pages/form.h"
#include "transport/pages/page.h"
#include "transport/rest/json_body.h"
#include "transport/rest/problem_catalog.h"
#include "transport/rest/wire_status.h"

namespace sallyport::accounts::api {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;
using transport::pages::Form;
using transport::pages::Html;
using transport::rest::parse_field;
using transport::rest::parse_optional;
using Wrong = std::vector<core::FieldError>;

struct ConfirmInvitationRequest {
  core::Secret token{""};
  core::Secret password{""};
  std::optional<std::string> display_name;
  std::optional<sessions::api::DeviceRequest> device;
  std::optional<std::string> installation_id;
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
                                         to.jar.device_value(exchange), client.origin.user_agent, wrong);
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

// --- the page

/// What the form shows. A password is never shown again.
struct Shown {
  std::string_view token, display_name{};
  std::string_view notice{};
  Wrong wrong{};
};

std::string_view sentence_of(std::string_view code) {
  if (const auto rule = transport::rest::find_rule_sentence(code)) return *rule;
  return transport::rest::find_problem_title(code).value_or(code);
}

std::vector<std::string_view> sentences_of(const Shown& shown, std::string_view field) {
  std::vector<std::string_view> sentences;
  for (const auto& wrong : shown.wrong) {
    if (wrong.field == field) sentences.push_back(sentence_of(wrong.rule));
  }
  return sentences;
}

Response form_page(int status, const Shown& shown) {
  Html html;
  if (!shown.notice.empty()) html.markup(R"(<p class="notice" role="alert">)").text(shown.notice).markup("</p>\n");
  html.markup(
      "<p>An account waits for you here. Choose a password, and it is yours.</p>\n"
      "<form method=\"post\" action=\"/accept-invitation\">\n"
      "<input type=\"hidden\" name=\"token\" value=\"");
  html.text(shown.token).markup("\">\n");
  add_field(html, {.name = "password",
                   .label = "Password",
                   .type = "password",
                   .autocomplete = "new-password",
                   .hint = "Long and not easy to guess; a few words that do not belong together do well.",
                   .errors = sentences_of(shown, "password")});
  add_field(html, {.name = "display_name",
                   .label = "Name (optional)",
                   .type = "text",
                   .autocomplete = "name",
                   .value = shown.display_name,
                   .errors = sentences_of(shown, "display_name"),
                   .is_required = false});
  html.markup("<button type=\"submit\">Accept the invitation</button>\n</form>\n");
  return transport::pages::page(status, "Your invitation", html);
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

/// The form again, with what was wrong. Errors that no person can do anything about stay errors.
Result<Response> refused(core::Error error, Shown shown) {
  using enum core::Fault;
  if (error.fault == internal || error.fault == cancelled || error.fault == unimplemented)
    return std::unexpected(std::move(error));
  const bool is_dead_link = error.code == "flow_invalid" ||
                            std::ranges::find(error.fields, "token", &core::FieldError::field) != error.fields.end();
  if (is_dead_link) return dead_link_page();
  if (error.code == "invalid_fields") shown.wrong = std::move(error.fields);
  else shown.notice = sentence_of(error.code);
  const int status = error.code == "unsupported_media_type" ? 415 : transport::wire_status(error.fault).http;
  auto response = form_page(status, shown);
  response.outcome = error.code;
  response.log_detail = std::move(error.log_detail);
  if (error.retry_after) response.fields.push_back({"Retry-After", std::to_string(error.retry_after->count())});
  return response;
}

Task<Result<Response>> show_form(const InvitationRoutes& to, Exchange& exchange) {
  std::string text;
  transport::http1::for_each_query_parameter(exchange.query(), [&](std::string_view name, std::string_view value) {
    if (name == "token" && !transport::http1::percent_decode_query(value, text)) text.clear();
  });
  const auto token = flows::LinkToken::parse(text);
  if (!token) co_return dead_link_page();
  const auto invited = co_await to.accept.look(*token);
  if (!invited) co_return refused(invited.error(), {.token = {}});
  co_return form_page(200, {.token = text, .display_name = invited->display_name.value_or("")});
}

Task<Result<Response>> submit_form(const InvitationRoutes& to, Exchange& exchange) {
  auto form = co_await transport::pages::read_form(exchange);
  if (!form) co_return refused(std::move(form).error(), {.token = {}});
  const Shown shown{.token = (*form)["token"], .display_name = (*form)["display_name"]};
  ConfirmInvitationRequest request{.token = core::Secret(shown.token),
                                   .password = core::Secret((*form)["password"]),
                                   .display_name = std::nullopt,
                                   .device = std::nullopt,
                                   .installation_id = std::nullopt};
  if (!shown.display_name.empty()) request.display_name = shown.display_name;
  Wrong wrong;
  if ((*form)["password"].empty()) wrong.push_back({"password", "missing"});
  auto taken = co_await take(to, exchange, std::move(request), std::move(wrong));
  if (!taken) co_return refused(std::move(taken).error(), shown);
  Html html;
  html.markup("<p role=\"status\">The account is yours, and you are signed in.</p>\n");
  auto response = transport::pages::page(200, "Welcome", html);
  std::ranges::move(answer_of(to, std::move(*taken)).fields, std::back_inserter(response.fields));
  co_return response;
}

}  // namespace

void add_invitation_routes(transport::Router& router, const InvitationRoutes& to) {
  const auto add = [&](Method method, std::string pattern,
                       Task<Result<Response>> (*answer)(const InvitationRoutes&, Exchange&),
                       transport::Cookies cookies) {
    router.add({.method = method,
                .pattern = std::move(pattern),
                .handler = [to, answer](Exchange& exchange, const Parameters&) { return answer(to, exchange); },
                .cookies = cookies});
  };
  add(Method::post, "/v1/auth/invitation/confirm", confirm, transport::Cookies::used);
  add(Method::get, "/accept-invitation", show_form, transport::Cookies::none);
  add(Method::post, "/accept-invitation", submit_form, transport::Cookies::used);
}

}  // namespace sallyport::accounts::api
