#include "accounts/api/setup_page.h"

#include <algorithm>

#include "sessions/api/caller.h"
#include "transport/pages/form.h"
#include "transport/pages/page.h"
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

namespace {

/// What the form shows. A token and a password are never shown again.
struct Shown {
  std::string_view email{}, display_name{};
  std::string_view notice{};  ///< above the form
  std::vector<core::FieldError> wrong{};
};

std::string_view sentence_of(std::string_view code) {
  if (const auto rule = transport::rest::find_rule_sentence(code)) return *rule;
  return transport::rest::find_problem_title(code).value_or(code);
}

std::vector<std::string_view> sentences_of(const Shown& shown, std::string_view field) {
  std::vector<std::string_view> sentences;
  for (const auto& wrong : shown.wrong) {
    if (wrong.field != field) continue;
    sentences.push_back(sentence_of(wrong.rule));
    if (wrong.rule == "setup_token_invalid") {
      sentences.emplace_back("A token lasts one hour; \"sallyport admin setup\" on the server prints a fresh one.");
    }
  }
  return sentences;
}

Response form_page(int status, const Shown& shown) {
  Html html;
  if (!shown.notice.empty()) html.markup(R"(<p class="notice" role="alert">)").text(shown.notice).markup("</p>\n");
  html.markup(
      "<p>This server has no administrator yet. Whoever has its setup token makes the first one here.</p>\n"
      "<form method=\"post\" action=\"/setup\">\n");
  add_field(html, {.name = "token",
                   .label = "Setup token",
                   .type = "text",  // or password managers would take it for a password
                   .autocomplete = "off",
                   .hint = "It begins with spu_. The server showed it when it started, or wrote it to the file "
                           "setup-token in its data folder.",
                   .errors = sentences_of(shown, "token")});
  add_field(html, {.name = "email",
                   .label = "E-mail address",
                   .type = "email",
                   .autocomplete = "username",
                   .value = shown.email,
                   .errors = sentences_of(shown, "email")});
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
  html.markup("<button type=\"submit\">Create the administrator</button>\n</form>\n");
  return transport::pages::page(status, "Set up Sallyport", html);
}

Response done_page(std::string_view email) {
  Html html;
  html.markup("<p role=\"status\">").text(email).markup(" is the administrator of this server and can sign in.</p>\n");
  html.markup("<p>The setup token is used up, and this page is closed from now on.</p>\n");
  return transport::pages::page(201, "Sallyport is set up", html);
}

Response closed_page() {
  Html html;
  html.markup(
      "<p>This server has an administrator, so there is nothing to set up. Administrators make further ones, or "
      "whoever runs the server does, with <code>sallyport admin create</code>.</p>\n");
  auto response = transport::pages::page(404, "Nothing to set up", html);
  response.outcome = "setup_done";
  return response;
}

Task<Result<Response>> show_form(const SetupRoutes& to) {
  auto open = co_await to.setup.check_open();
  if (open) co_return form_page(200, {});
  if (open.error().code == "setup_done") co_return closed_page();
  co_return Result<Response>(core::fail(std::move(open)));
}

/// The form again, with what was wrong. Errors that no person can do anything about stay errors.
Result<Response> refused(core::Error error, Shown shown, const Form* form) {
  using enum core::Fault;
  if (error.code == "setup_done") return closed_page();
  if (error.fault == internal || error.fault == cancelled || error.fault == unimplemented)
    return std::unexpected(std::move(error));
  const int status = error.code == "unsupported_media_type" ? 415 : transport::wire_status(error.fault).http;
  if (error.code == "setup_token_invalid") shown.wrong = {{"token", error.code}};
  else if (error.code == "identifier_taken") shown.wrong = {{"email", error.code}};
  else if (error.code == "invalid_fields") shown.wrong = std::move(error.fields);
  else shown.notice = sentence_of(error.code);
  for (auto& wrong : shown.wrong) {
    if (form != nullptr && (*form)[wrong.field].empty()) wrong.rule = "missing";
  }
  shown.wrong.erase(std::ranges::unique(shown.wrong).begin(), shown.wrong.end());
  auto response = form_page(status, shown);
  response.outcome = error.code;
  response.log_detail = std::move(error.log_detail);
  if (error.retry_after) response.fields.push_back({"Retry-After", std::to_string(error.retry_after->count())});
  return response;
}

Task<Result<Response>> submit_form(const SetupRoutes& to, Exchange& exchange) {
  auto form = co_await transport::pages::read_form(exchange);
  if (!form) co_return refused(std::move(form).error(), {}, nullptr);
  const Shown shown{.email = (*form)["email"], .display_name = (*form)["display_name"]};
  if ((*form)["token"].empty()) {
    core::Error missing{.fault = core::Fault::invalid, .code = "invalid_fields", .fields = {{"token", "missing"}}};
    for (const std::string_view field : {"email", "password"}) {
      if ((*form)[field].empty()) missing.fields.push_back({field, "missing"});
    }
    co_return refused(std::move(missing), shown, &*form);
  }
  auto client = sessions::api::client_of(exchange);
  auto made = co_await to.complete_setup(
      {.token = core::Secret((*form)["token"]),
       .administrator = {.email = std::string(shown.email),
                         .password = core::Secret((*form)["password"]),
                         .display_name =
                             shown.display_name.empty() ? std::nullopt : std::optional<std::string>(shown.display_name),
                         .origin = std::move(client.origin)},
       .network = client.network});
  if (!made) co_return refused(std::move(made).error(), shown, &*form);
  exchange.set_account(made->uuid());
  to.on_done();
  co_return done_page(shown.email);
}

}  // namespace

void add_setup_routes(transport::Router& router, const SetupRoutes& to) {
  router.add({.method = Method::get, .pattern = "/setup", .handler = [to](Exchange&, const Parameters&) {
                return show_form(to);
              }});
  // As every route that a browser posts to: another site's form must not reach it.
  router.add({.method = Method::post,
              .pattern = "/setup",
              .handler = [to](Exchange& exchange, const Parameters&) { return submit_form(to, exchange); },
              .cookies = transport::Cookies::used});
}

}  // namespace sallyport::accounts::api
