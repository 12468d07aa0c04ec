#include "mail/api/dev_pages.h"

#include "core/timestamp_text.h"
#include "transport/pages/page.h"

namespace sallyport::mail::api {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Parameters;
using transport::Response;
using transport::pages::Html;

namespace {

constexpr int most_listed = 100;

std::string_view to_text(MailState state) {
  switch (state) {
    case MailState::waiting:
      return "waiting";
    case MailState::delivered:
      return "delivered; its contents are gone";
    case MailState::failed:
      return "given up";
  }
  std::unreachable();
}

Response not_found() {
  Html html;
  html.markup("<p>There is no such mail. <a href=\"/dev/mail\">All mails</a></p>\n");
  auto response = transport::pages::page(404, "No such mail", html);
  response.outcome = "mail_not_found";
  return response;
}

Result<Rendering> rendering_of(const DevPages& pages, const StoredMail& mail, const Letter& letter) {
  const auto kind = parse_mail_kind(mail.kind);
  if (!kind) return core::fail(core::Fault::internal, "mail_kind_unknown");
  return pages.templates.render(*kind, mail.locale, letter);
}

Task<Result<Response>> list(DevPages pages) {
  auto found = co_await pages.outbox.list({.state = std::nullopt, .before = std::nullopt, .most = most_listed});
  if (!found) co_return Result<Response>(core::fail(std::move(found)));
  Html html;
  html.markup("<p>The newest mails of this server. This page is only there while it serves this machine alone.</p>\n");
  if (found->empty())
    html.markup("<p>There are none yet: <code>--set mail.welcome=true</code> greets who registers.</p>");
  for (const auto& mail : *found) {
    html.markup("<p><a href=\"/dev/mail/").text(mail.id.str()).markup(R"(">)").text(mail.kind).markup("</a>");
    const auto letter = pages.desk.open(mail);
    if (letter) html.markup(" to ").text(letter->to);
    html.markup("<br>").text(core::to_rfc3339(mail.created_at)).markup(", ").text(to_text(mail.state)).markup("</p>\n");
  }
  co_return transport::pages::page(200, "Mails", html);
}

void add_lines(Html& html, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    html.text(text.substr(0, end)).markup("<br>\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void add_contents(Html& html, const StoredMail& mail, std::string_view to, const Rendering& rendering) {
  html.markup("<p>To: ").text(to).markup("<br>Subject: <b>").text(rendering.subject).markup("</b></p>\n");
  html.markup(R"(<iframe title="The mail" width="100%" height="640" src="/dev/mail/)").text(mail.id.str());
  html.markup("/html\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\"></iframe>\n");
  html.markup("<p class=\"hint\">As text:</p>\n<p><code>");
  add_lines(html, rendering.text.reveal());
  html.markup("</code></p>\n");
}

Task<Result<Response>> show(DevPages pages, MailId id, audit::Origin origin) {
  auto mail = co_await pages.outbox.read(id, pages.clock.now(), std::move(origin));
  if (!mail && mail.error().fault == core::Fault::not_found) co_return not_found();
  if (!mail) co_return Result<Response>(core::fail(std::move(mail)));
  Html html;
  html.markup("<p class=\"hint\">").text(mail->kind).markup(", ").text(core::to_rfc3339(mail->created_at));
  html.markup(", ").text(to_text(mail->state)).markup("</p>\n");
  if (!mail->last_error.empty()) html.markup("<p class=\"notice\">").text(mail->last_error).markup("</p>\n");
  if (mail->state != MailState::delivered) {
    const auto letter = pages.desk.open(*mail);
    const auto rendering = letter ? rendering_of(pages, *mail, *letter) : std::unexpected(letter.error());
    if (rendering) add_contents(html, *mail, letter->to, *rendering);
    else html.markup("<p class=\"notice\">It cannot be shown: ").text(rendering.error().code).markup("</p>\n");
  }
  html.markup("<p><a href=\"/dev/mail\">All mails</a></p>\n");
  auto response = transport::pages::page(200, "Mail", html);
  for (auto& [name, value] : response.fields)
    if (name == "Content-Security-Policy") value += "; frame-src 'self'";
  co_return response;
}

/// The mail's own HTML, which an operator's template may have written: nothing of it runs or is loaded, and its links
/// open outside of the frame.
Task<Result<Response>> show_html(DevPages pages, MailId id) {
  auto mail = co_await pages.outbox.find(id);
  if (!mail && mail.error().fault == core::Fault::not_found) co_return not_found();
  if (!mail) co_return Result<Response>(core::fail(std::move(mail)));
  const auto letter = pages.desk.open(*mail);
  if (!letter) co_return not_found();
  const auto rendering = rendering_of(pages, *mail, *letter);
  if (!rendering) co_return not_found();
  std::string html(rendering->html.reveal());
  static constexpr std::string_view head = "<head>";
  if (const auto at = html.find(head); at != std::string::npos)
    html.insert(at + head.size(), "<base target=\"_blank\">");
  Response response{.status = 200, .content_type = "text/html; charset=utf-8", .body = std::move(html)};
  response.fields.push_back({"Content-Security-Policy",
                             "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
                             "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"});
  response.fields.push_back({"Referrer-Policy", "no-referrer"});
  co_return response;
}

Task<Result<Response>> not_found_page() { co_return not_found(); }

}  // namespace

void add_dev_mail_routes(transport::Router& router, const DevPages& pages) {
  using transport::Method;
  router.add({.method = Method::get, .pattern = "/dev/mail", .handler = [pages](Exchange&, const Parameters&) {
                return list(pages);
              }});
  router.add({.method = Method::get,
              .pattern = "/dev/mail/{id}",
              .handler = [pages](Exchange& exchange, const Parameters& parameters) {
                const auto id = MailId::parse(parameters["id"]);
                if (!id) return not_found_page();
                return show(pages, *id,
                            {.ip = exchange.client().ip(),
                             .user_agent = std::string(exchange.header("user-agent").value_or("")),
                             .request_id = std::string(exchange.request_id())});
              }});
  router.add({.method = Method::get,
              .pattern = "/dev/mail/{id}/html",
              .handler = [pages](Exchange&, const Parameters& parameters) {
                const auto id = MailId::parse(parameters["id"]);
                return id ? show_html(pages, *id) : not_found_page();
              }});
}

}  // namespace sallyport::mail::api
