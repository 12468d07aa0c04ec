#include "transport/pages/page.h"
#include "recovery/api/rest.h"
#include "recovery/recovery_mails.h"
#include "sessions/api/caller.h"
#include "transport/pages/form.h"
#include "transport/pages/refusal.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::recovery::api {

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

constexpr const char* form_start = "<form method=\"post\" action=\"/reset-password\">\n";

void add_new_password(Html& html, const Refusal& refusal) {
  add_field(html, {.name = "password",
                   .label = "New password",
                   .type = "password",
                   .autocomplete = "new-password",
                   .hint = "Long and not easy to guess; a few words that do not belong together do well.",
                   .errors = refusal.sentences_of("password")});
  html.markup("<button type=\"submit\">Save the password</button>\n</form>\n");
}

/// A link or code that does not count: the way out is a new one.
void add_way_out(Html& html) { html.markup("<p><a href=\"/reset-password\">Ask for a new mail</a></p>\n"); }

Response marked(Response response, const Refusal& refusal) {
  refusal.mark(response);
  return response;
}

/// Where it begins: who has forgotten their password?
Response address_page(const Refusal& refusal, std::string_view email) {
  Html html;
  refusal.add_notice(html);
  html.markup("<p>Give the address of your account, and we send you a mail with a link and a code.</p>\n");
  html.markup(form_start);
  add_field(html, {.name = "email",
                   .label = "E-mail address",
                   .type = "email",
                   .autocomplete = "username",
                   .value = email,
                   .errors = refusal.sentences_of("email")});
  html.markup("<button type=\"submit\">Send the mail</button>\n</form>\n");
  return marked(transport::pages::page(refusal.status, "Reset your password", html), refusal);
}

/// For whoever followed the link. What it does not say is that the link is good: only the form finds that out.
Response link_page(const Refusal& refusal, std::string_view token) {
  Html html;
  refusal.add_notice(html);
  if (!refusal.sentences_of("token").empty())
    html.markup("<p class=\"notice\" role=\"alert\">The link is not whole.</p>\n");
  html.markup("<p>Choose a new password. You will be signed out on every device.</p>\n");
  html.markup(form_start);
  add_hidden_field(html, "token", token);
  add_new_password(html, refusal);
  add_way_out(html);
  return marked(transport::pages::page(refusal.status, "Choose a new password", html), refusal);
}

/// For whoever asked here, and reads the mail elsewhere.
Response code_page(const Refusal& refusal, std::string_view flow) {
  Html html;
  refusal.add_notice(html);
  if (!refusal.sentences_of("flow").empty())
    html.markup("<p class=\"notice\" role=\"alert\">This browser did not ask for a code, or too long ago.</p>\n");
  html.markup(
      "<p>If there is an account with that address, a mail is on its way. Follow its link, or type its code "
      "here.</p>\n");
  html.markup(form_start);
  add_hidden_field(html, "flow", flow);
  add_field(html, {.name = "code",
                   .label = "Code",
                   .type = "text",
                   .autocomplete = "one-time-code",
                   .hint = "Eight digits.",
                   .errors = refusal.sentences_of("code")});
  add_new_password(html, refusal);
  add_way_out(html);
  return marked(transport::pages::page(refusal.status, "Choose a new password", html), refusal);
}

Response done_page(const transport::CookieJar& jar) {
  Html html;
  html.markup("<p role=\"status\">Your password is changed, and you are signed out on every device.</p>\n");
  auto response = transport::pages::page(200, "Your password is changed", html);
  response.fields.push_back({"Set-Cookie", jar.clear(jar.flow_name())});
  return response;
}

Task<Result<Response>> first_page(const Exchange& exchange) {
  const auto query = Form::parse(exchange.query());
  if (query && !(*query)["token"].empty()) co_return link_page({}, (*query)["token"]);
  co_return address_page({}, {});
}

Task<Result<Response>> ask(const RecoveryRoutes& to, const Form& form) {
  std::vector<core::FieldError> wrong;
  auto email = transport::rest::parse_field<accounts::Email>("email", form["email"], wrong);
  auto requested = email ? co_await to.request_recovery({.email = std::move(*email)})
                         : Result<Requested>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  if (!requested) {
    auto refusal = transport::pages::refusal_of(std::move(requested).error(), &form);
    if (!refusal) co_return Result<Response>(core::fail(std::move(refusal)));
    co_return address_page(*refusal, form["email"]);
  }
  const auto handle = requested->handle.text();
  auto response = code_page({.status = 202}, handle.reveal());
  response.fields.push_back(flow_cookie(to.jar, *requested));
  co_return response;
}

Task<Result<core::AccountId>> choose(const RecoveryRoutes& to, Exchange& exchange, const Form& form) {
  std::vector<core::FieldError> wrong;
  // Which form it was: a code that was left empty is missing, not another proof.
  const bool is_code = form["token"].empty();
  if (is_code && form["code"].empty()) wrong.push_back({"code", "missing"});
  auto proof =
      wrong.empty()
          ? flows::parse_proof(
                {.token = form["token"], .code = form["code"], .flow = handle_of(exchange, to.jar, form["flow"])},
                wrong)
          : std::nullopt;
  auto password = transport::rest::parse_field<accounts::Password>("password", form["password"], wrong);
  if (!wrong.empty())
    co_return Result<core::AccountId>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  co_return co_await to.confirm_recovery(
      {.proof = std::move(*proof), .password = std::move(*password), .client = sessions::api::client_of(exchange)});
}

Task<Result<Response>> submit(const RecoveryRoutes& to, Exchange& exchange) {
  auto form = co_await transport::pages::read_form(exchange);
  if (!form) {
    auto refusal = transport::pages::refusal_of(std::move(form).error(), nullptr);
    if (!refusal) co_return Result<Response>(core::fail(std::move(refusal)));
    co_return address_page(*refusal, {});
  }
  if (!form->has("password")) co_return co_await ask(to, *form);
  auto chosen = co_await choose(to, exchange, *form);
  if (chosen) {
    exchange.set_account(chosen->uuid());
    co_return done_page(to.jar);
  }
  auto refusal = transport::pages::refusal_of(std::move(chosen).error(), &*form);
  if (!refusal) co_return Result<Response>(core::fail(std::move(refusal)));
  if ((*form)["token"].empty()) co_return code_page(*refusal, handle_of(exchange, to.jar, (*form)["flow"]));
  co_return link_page(*refusal, (*form)["token"]);
}

constexpr transport::RouteDescription page_described{
    .name = "show_recovery_page",
    .group = transport::RouteGroup::pages,
    .summary = "Where a forgotten password is replaced",
    .parameters = {{.in = transport::DescribedParameter::In::query, .name = "token", .text = "Of the link."}},
    .answers = {{.status = 200, .text = "A form.", .media_type = "text/html"}}};

constexpr transport::RouteDescription form_described{
    .name = "submit_recovery_page",
    .group = transport::RouteGroup::pages,
    .summary = "Replace a forgotten password, by form",
    .body = {.media_types = {"application/x-www-form-urlencoded"}},
    .answers = {{.status = 200, .text = "It is replaced.", .media_type = "text/html", .headers = {"Set-Cookie"}},
                {.status = 202, .text = "A mail is on its way.", .media_type = "text/html", .headers = {"Set-Cookie"}},
                {.status = 422, .text = "The form again, with what was wrong.", .media_type = "text/html"}}};

}  // namespace

void add_recovery_page(transport::Router& router, const RecoveryRoutes& to) {
  const std::string pattern(page_path);
  router.add({.method = Method::get,
              .pattern = pattern,
              .handler = [](Exchange& exchange, const Parameters&) { return first_page(exchange); },
              .description = &page_described});
  // As every route that a browser posts to: another site's form must not reach it.
  router.add({.method = Method::post,
              .pattern = pattern,
              .handler = [to](Exchange& exchange, const Parameters&) { return submit(to, exchange); },
              .cookies = transport::Cookies::used,
              .rate = transport::RateClass::sign_in,
              .description = &form_described});
}

}  // namespace sallyport::recovery::api
