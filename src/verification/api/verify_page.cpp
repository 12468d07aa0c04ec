#include "accounts/api/flow_answer.h"
#include "sessions/api/rest.h"
#include "sessions/api/wire.h"
#include "transport/pages/form.h"
#include "transport/pages/page.h"
#include "transport/pages/refusal.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"
#include "verification/api/rest.h"

namespace sallyport::verification::api {

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

constexpr transport::pages::Markup chosen(bool is_first, transport::pages::Markup first,
                                          transport::pages::Markup second) {
  return is_first ? first : second;
}

/// For a link that counts. Nothing of it is used up by looking.
Response question_page(const Refusal& refusal, const LinkInQuestion& link, std::string_view token) {
  Html html;
  refusal.add_notice(html);
  html.markup(chosen(link.is_of_change, "<p>Somebody wants to use this address for their account from now on: <strong>",
                     "<p>An account was made with this address: <strong>"));
  html.text(link.address).markup("</strong></p>\n");
  html.markup("<form method=\"post\" action=\"/verify-email\">\n");
  add_hidden_field(html, "token", token);
  if (link.is_password_needed) {
    add_field(html, {.name = "password",
                     .label = "Password",
                     .type = "password",
                     .autocomplete = "current-password",
                     .hint = "Of the account. It is asked for since this is not the browser that the mail was asked "
                             "for in.",
                     .errors = refusal.sentences_of("password")});
  }
  html.markup("<button type=\"submit\" name=\"answer\" value=\"confirm\">Confirm the address</button>\n");
  html.markup("</form>\n<form method=\"post\" action=\"/verify-email\">\n");
  add_hidden_field(html, "token", token);
  html.markup(chosen(link.is_of_change, "<p>If you did not ask for this, say so, and nothing changes.</p>\n",
                     "<p>If you did not make it, say so, and the account is deleted.</p>\n"));
  html.markup(
      "<button type=\"submit\" class=\"refusal\" name=\"answer\" value=\"not_me\">This was not me</button>\n</form>\n");
  auto response = transport::pages::page(refusal.status, "Confirm your address", html);
  refusal.mark(response);
  return response;
}

Response useless_link_page(const Refusal& refusal) {
  Html html;
  refusal.add_notice(html);
  html.markup("<p>Sign in and ask for another mail, or follow the link of the newest one.</p>\n");
  auto response = transport::pages::page(refusal.status, "Confirm your address", html);
  refusal.mark(response);
  return response;
}

Response done_page(std::string_view address, bool is_signed_in) {
  Html html;
  html.markup("<p role=\"status\">The address ").text(address).markup(" is confirmed.</p>\n");
  html.markup(chosen(is_signed_in, "<p>You are signed in.</p>\n", "<p>You can close this page.</p>\n"));
  return transport::pages::page(200, "Your address is confirmed", html);
}

Response disowned_page(Disowned disowned) {
  Html html;
  html.markup(chosen(disowned == Disowned::account_deleted,
                     "<p role=\"status\">The account is deleted. There is nothing else to do.</p>\n",
                     "<p role=\"status\">Nothing was changed. There is nothing else to do.</p>\n"));
  return transport::pages::page(200, "Thank you", html);
}

/// Why nothing came of it, when there is no form that would mend it.
Result<Response> useless(core::Error error) {
  auto refusal = transport::pages::refusal_of(std::move(error), nullptr);
  if (!refusal) return core::fail(std::move(refusal));
  return useless_link_page(*refusal);
}

Result<flows::LinkToken> link_of(const Form& form) {
  auto link = flows::LinkToken::parse(form["token"]);
  if (!link) return flows::refused();  // cut off in the mail, say
  return link;
}

/// The form for a link that counts, with what was wrong with it; the page that says so for one that does not.
Task<Result<Response>> show(const VerificationRoutes& to, const Exchange& exchange, const Form& form,
                            const Refusal& refusal) {
  auto link = link_of(form);
  if (!link) co_return useless(std::move(link).error());
  auto browser = co_await browser_of(to, exchange, {});
  if (!browser) co_return Result<Response>(core::fail(std::move(browser)));
  auto question = co_await to.confirm.look(std::move(*link), std::move(*browser));
  if (!question) co_return useless(std::move(question).error());
  co_return question_page(refusal, *question, form["token"]);
}

Task<Result<Response>> first_page(const VerificationRoutes& to, const Exchange& exchange) {
  const auto query = Form::parse(exchange.query());
  if (!query) co_return useless(flows::refused().error());
  co_return co_await show(to, exchange, *query, {});
}

Task<Result<Response>> refused(const VerificationRoutes& to, const Exchange& exchange, const Form& form,
                               core::Error error) {
  if (error.code == "flow_invalid") co_return useless(std::move(error));
  if (error.code == "password_needed") error = transport::rest::invalid_fields({{"password", "missing"}});
  auto refusal = transport::pages::refusal_of(std::move(error), nullptr, {{"wrong_password", "password"}});
  if (!refusal) co_return Result<Response>(core::fail(std::move(refusal)));
  co_return co_await show(to, exchange, form, *refusal);
}

Task<Result<Response>> confirm(const VerificationRoutes& to, Exchange& exchange, const Form& form) {
  auto link = link_of(form);
  if (!link) co_return useless(std::move(link).error());
  std::vector<core::FieldError> wrong;
  std::optional<accounts::Password> password;
  if (!form["password"].empty())
    password = transport::rest::parse_field<accounts::Password>("password", form["password"], wrong);
  auto client = sessions::api::client_of(exchange);
  auto device = sessions::api::to_device(std::nullopt, std::nullopt,
                                         sessions::api::device_token_of(exchange, to.jar, to.keyring, to.clock.now()),
                                         client.origin.user_agent, wrong);
  if (!wrong.empty()) co_return co_await refused(to, exchange, form, transport::rest::invalid_fields(std::move(wrong)));
  auto browser = co_await browser_of(to, exchange, {});
  if (!browser) co_return Result<Response>(core::fail(std::move(browser)));
  auto confirmed = co_await to.confirm({.proof = std::move(*link),
                                        .browser = std::move(*browser),
                                        .password = std::move(password),
                                        .device = std::move(device),
                                        .client = std::move(client)});
  if (!confirmed) co_return co_await refused(to, exchange, form, std::move(confirmed).error());
  exchange.set_account(confirmed->account.id.uuid());
  auto response = done_page(confirmed->account.email, confirmed->signed_in.has_value());
  response.fields.push_back({"Set-Cookie", to.jar.clear(to.jar.flow_name())});
  if (confirmed->signed_in) sessions::api::add_session_cookies(response, *confirmed->signed_in, to.jar);
  co_return response;
}

Task<Result<Response>> submit(const VerificationRoutes& to, Exchange& exchange) {
  auto form = co_await transport::pages::read_form(exchange);
  if (!form) co_return useless(std::move(form).error());
  if ((*form)["answer"] != "not_me") co_return co_await confirm(to, exchange, *form);
  auto link = link_of(*form);
  if (!link) co_return useless(std::move(link).error());
  auto disowned = co_await to.confirm.disown(std::move(*link), sessions::api::client_of(exchange));
  if (!disowned) co_return co_await refused(to, exchange, *form, std::move(disowned).error());
  co_return disowned_page(*disowned);
}

constexpr transport::RouteDescription page_described{
    .name = "show_verification_page",
    .group = transport::RouteGroup::pages,
    .summary = "Where an address is proven",
    .parameters = {{.in = transport::DescribedParameter::In::query, .name = "token", .text = "Of the link."}},
    .answers = {{.status = 200, .text = "A form.", .media_type = "text/html"},
                {.status = 422, .text = "The link is of no use any more.", .media_type = "text/html"}}};

constexpr transport::RouteDescription form_described{
    .name = "submit_verification_page",
    .group = transport::RouteGroup::pages,
    .summary = "Prove an address, by form",
    .body = {.media_types = {"application/x-www-form-urlencoded"}},
    .answers = {{.status = 200, .text = "It is proven.", .media_type = "text/html", .headers = {"Set-Cookie"}},
                {.status = 422, .text = "The form again, with what was wrong.", .media_type = "text/html"}}};

}  // namespace

void add_verification_page(transport::Router& router, const VerificationRoutes& to) {
  const std::string pattern(accounts::verification_page);
  // It reads cookies to know the browser, and changes nothing.
  router.add({.method = Method::get,
              .pattern = pattern,
              .handler = [to](Exchange& exchange, const Parameters&) { return first_page(to, exchange); },
              .description = &page_described});
  // As every route that a browser posts to: another site's form must not reach it.
  router.add({.method = Method::post,
              .pattern = pattern,
              .handler = [to](Exchange& exchange, const Parameters&) { return submit(to, exchange); },
              .cookies = transport::Cookies::used,
              .rate = transport::RateClass::sign_in,
              .description = &form_described});
}

}  // namespace sallyport::verification::api
