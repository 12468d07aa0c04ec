#include "accounts/api/setup_page.h"

#include <algorithm>

#include "sessions/api/caller.h"
#include "transport/pages/form.h"
#include "transport/pages/page.h"
#include "transport/pages/refusal.h"
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

namespace {

/// What was typed and may be shown again: no token and no password.
struct Typed {
  std::string_view email{}, display_name{};
};

std::vector<std::string_view> about_token(const Refusal& refusal) {
  auto sentences = refusal.sentences_of("token");
  const auto is_wrong = [](const core::FieldError& wrong) { return wrong.rule == "setup_token_invalid"; };
  if (std::ranges::any_of(refusal.wrong, is_wrong))
    sentences.emplace_back("A token lasts one hour; \"sallyport admin setup\" on the server prints a fresh one.");
  return sentences;
}

Response form_page(const Refusal& refusal, const Typed& typed) {
  Html html;
  refusal.add_notice(html);
  html.markup(
      "<p>This server has no administrator yet. Whoever has its setup token makes the first one here.</p>\n"
      "<form method=\"post\" action=\"/setup\">\n");
  add_field(html, {.name = "token",
                   .label = "Setup token",
                   .type = "text",  // or password managers would take it for a password
                   .autocomplete = "off",
                   .hint = "It begins with spu_. The server showed it when it started, or wrote it to the file "
                           "setup-token in its data folder.",
                   .errors = about_token(refusal)});
  add_field(html, {.name = "email",
                   .label = "E-mail address",
                   .type = "email",
                   .autocomplete = "username",
                   .value = typed.email,
                   .errors = refusal.sentences_of("email")});
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
                   .value = typed.display_name,
                   .errors = refusal.sentences_of("display_name"),
                   .is_required = false});
  html.markup("<button type=\"submit\">Create the administrator</button>\n</form>\n");
  auto response = transport::pages::page(refusal.status, "Set up Sallyport", html);
  refusal.mark(response);
  return response;
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
  if (open) co_return form_page({}, {});
  if (open.error().code == "setup_done") co_return closed_page();
  co_return Result<Response>(core::fail(std::move(open)));
}

/// The form again, with what was wrong.
Result<Response> refused(core::Error error, const Typed& typed, const Form* form) {
  if (error.code == "setup_done") return closed_page();
  auto refusal = transport::pages::refusal_of(std::move(error), form,
                                              {{"setup_token_invalid", "token"}, {"identifier_taken", "email"}});
  if (!refusal) return core::fail(std::move(refusal));
  return form_page(*refusal, typed);
}

Task<Result<Response>> submit_form(const SetupRoutes& to, Exchange& exchange) {
  auto form = co_await transport::pages::read_form(exchange);
  if (!form) co_return refused(std::move(form).error(), {}, nullptr);
  const Typed typed{.email = (*form)["email"], .display_name = (*form)["display_name"]};
  if ((*form)["token"].empty()) {
    core::Error missing{.fault = core::Fault::invalid, .code = "invalid_fields", .fields = {{"token", "missing"}}};
    for (const std::string_view field : {"email", "password"}) {
      if ((*form)[field].empty()) missing.fields.push_back({field, "missing"});
    }
    co_return refused(std::move(missing), typed, &*form);
  }
  auto client = sessions::api::client_of(exchange);
  auto made = co_await to.complete_setup(
      {.token = core::Secret((*form)["token"]),
       .administrator = {.email = std::string(typed.email),
                         .password = core::Secret((*form)["password"]),
                         .display_name =
                             typed.display_name.empty() ? std::nullopt : std::optional<std::string>(typed.display_name),
                         .origin = std::move(client.origin)},
       .network = client.network});
  if (!made) co_return refused(std::move(made).error(), typed, &*form);
  exchange.set_account(made->uuid());
  to.on_done();
  co_return done_page(typed.email);
}

constexpr transport::RouteDescription page_described{
    .name = "show_setup_page",
    .group = transport::RouteGroup::pages,
    .summary = "Where the first administrator is made",
    .answers = {{.status = 200, .text = "A form.", .media_type = "text/html"},
                {.status = 404, .text = "There is an administrator already.", .media_type = "text/html"}}};

constexpr transport::RouteDescription form_described{
    .name = "submit_setup_page",
    .group = transport::RouteGroup::pages,
    .summary = "Make the first administrator, by form",
    .body = {.media_types = {"application/x-www-form-urlencoded"}},
    .answers = {{.status = 201, .text = "There is an administrator now.", .media_type = "text/html"},
                {.status = 404, .text = "There was one already.", .media_type = "text/html"},
                {.status = 422, .text = "The form again, with what was wrong.", .media_type = "text/html"}}};

}  // namespace

void add_setup_routes(transport::Router& router, const SetupRoutes& to) {
  router.add({.method = Method::get,
              .pattern = "/setup",
              .handler = [to](Exchange&, const Parameters&) { return show_form(to); },
              .description = &page_described});
  // As every route that a browser posts to: another site's form must not reach it.
  router.add({.method = Method::post,
              .pattern = "/setup",
              .handler = [to](Exchange& exchange, const Parameters&) { return submit_form(to, exchange); },
              .cookies = transport::Cookies::used,
              .description = &form_described});
}

}  // namespace sallyport::accounts::api
