#include "accounts/api/export.h"

#include <algorithm>

#include "avatars/avatar_store.h"
#include "core/base64url.h"
#include "core/timestamp_text.h"
#include "sessions/fresh_authentication.h"
#include "transport/rest/json_writer.h"
#include "transport/route_description.h"

namespace sallyport::accounts::api {

using core::Result;
using core::Task;
using sessions::SharedView;
using transport::Exchange;
using transport::Parameters;
using transport::Response;
using transport::rest::JsonWriter;

namespace {

constexpr int page_size = 100;
constexpr std::size_t piece_bytes = 48 * 1024;  // of a picture; a multiple of three, so that pieces encode apart

/// Who came from where is told of what somebody does in the own account. Of the rest, what operators do, it would be
/// the operator's.
constexpr std::string_view own_events[] = {"account_registered", "profile_changed",     "password_changed",
                                           "signed_in",          "sign_in_failed",      "sign_in_locked",
                                           "reauthenticated",    "session_replaced",    "session_ended",
                                           "session_revoked",    "refresh_token_reused"};

bool is_own(std::string_view event) { return std::ranges::find(own_events, event) != std::end(own_events); }

/// The document as it grows; what is written of it does not stay.
class Document {
 public:
  explicit Document(Exchange& exchange) : exchange_(exchange) {}

  JsonWriter& json() { return json_; }
  void text(std::string_view name, std::string_view value) {
    json_.member(name);
    json_.text(value);
  }
  void text_if_any(std::string_view name, const std::optional<std::string>& value) {
    if (value) text(name, *value);
  }
  void time(std::string_view name, std::optional<core::Timestamp> at) {
    if (at) text(name, core::to_rfc3339(*at));
  }
  void integer(std::string_view name, std::int64_t value) {
    json_.member(name);
    json_.integer(value);
  }
  void boolean(std::string_view name, bool value) {
    json_.member(name);
    json_.boolean(value);
  }
  void object(std::string_view name, std::string_view json) {
    json_.member(name);
    json_.embed(json);
  }
  /// Sends what there is; the first time with the head of the answer.
  Task<Result<void>> flush() {
    if (!exchange_.is_answered()) {
      Response head{.status = 200, .content_type = "application/json"};
      head.fields.push_back({"Content-Disposition", "attachment; filename=\"my-data.json\""});
      exchange_.begin(std::move(head));
    }
    auto written = co_await exchange_.write(out_);
    out_.clear();
    co_return written;
  }

 private:
  Exchange& exchange_;
  std::string out_;
  JsonWriter json_{out_};
};

void write_account(Document& to, const OwnAccount& own) {
  const auto& account = own.account;
  to.json().member("account");
  to.json().begin_object();
  to.text("id", account.id.str());
  to.text("email", account.email);
  to.time("email_verified_at", own.email_verified_at);
  to.text_if_any("phone", account.phone);
  to.time("phone_verified_at", own.phone_verified_at);
  to.text_if_any("display_name", account.display_name);
  to.text_if_any("locale", account.locale);
  to.text_if_any("timezone", account.time_zone);
  to.text("role", accounts::to_text(account.role));
  to.text("status", accounts::to_text(account.status));
  to.boolean("has_password", account.has_password);
  to.time("password_stored_at", own.password_stored_at);
  to.time("created_at", account.created_at);
  to.time("updated_at", account.updated_at);
  to.json().end_object();
}

void write(Document& to, const OwnSession& session) {
  to.text("id", session.id.str());
  to.text("device_id", session.device_id);
  to.text("device_name", session.device_name);
  to.text("device_type", session.device_type);
  to.text("client_version", session.client_version);
  to.object("metadata", session.metadata);
  if (session.installation) to.text("installation_id", session.installation->str());
  to.text("ip", session.ip);
  to.text_if_any("country", session.country);
  to.time("created_at", session.created_at);
  to.time("auth_time", session.auth_time);
  to.time("last_seen_at", session.last_seen_at);
  to.time("expires_at", session.expires_at);
  to.integer("activity_count", session.activity_count);
  to.time("ended_at", session.ended_at);
}

void write(Document& to, const OwnEvent& event) {
  to.time("at", event.place.at);
  to.text("event", event.event);
  if (event.session) to.text("session", event.session->str());
  if (event.person && is_own(event.event)) to.object("from", *event.person);
}

void write(Document& to, const OwnMail& mail) {
  to.text("id", mail.id.str());
  to.text("kind", mail.kind);
  to.text_if_any("locale", mail.locale);
  to.time("created_at", mail.created_at);
  to.integer("attempts", mail.attempts);
  to.time("delivered_at", mail.delivered_at);
  to.time("failed_at", mail.failed_at);
}

std::string_view to_text(flows::FlowKind kind) {
  switch (kind) {
    case flows::FlowKind::recovery:
      return "recovery";
    case flows::FlowKind::verification:
      return "verification";
    case flows::FlowKind::change_of_address:
      return "change_of_address";
    case flows::FlowKind::invitation:
      return "invitation";
  }
  std::unreachable();
}

void write(Document& to, const OwnFlow& flow) {
  to.text("kind", to_text(flow.kind));
  to.text_if_any("address", flow.address);
  to.integer("wrong_codes", flow.wrong_codes);
  to.time("created_at", flow.created_at);
  to.time("expires_at", flow.expires_at);
}

/// A list, page by page. `read(last)` is the page behind the row `last`, or the first.
template <class Row, class Read>
Task<Result<void>> write_pages(Document& to, std::string_view name, const Read& read) {
  to.json().member(name);
  to.json().begin_array();
  std::optional<Row> last;
  for (bool is_full = true; is_full;) {
    auto page = co_await read(last);
    if (!page) co_return Result<void>(core::fail(std::move(page)));
    for (const auto& row : *page) {
      to.json().begin_object();
      write(to, row);
      to.json().end_object();
    }
    is_full = std::ssize(*page) == page_size;
    if (!page->empty()) last = std::move(page->back());
    auto flushed = co_await to.flush();
    if (!flushed) co_return flushed;
  }
  to.json().end_array();
  co_return Result<void>();
}

/// RFC 4648 §4, as programs outside of the web expect it.
std::string base64(std::string_view bytes) {
  auto text = core::base64url_encode(core::as_bytes(bytes));
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

/// The picture itself, in pieces that joined are its base64.
Task<Result<void>> write_avatar(Document& to, avatars::PictureStore& pictures, avatars::PictureObject object) {
  to.json().member("avatar");
  to.json().begin_object();
  to.text("name", object.name());
  to.text("content_type", avatars::media_type(*object.format()));
  to.json().member("base64");
  to.json().begin_array();
  std::size_t size = piece_bytes;
  for (std::size_t sent = 0; size == piece_bytes; sent += size) {
    auto piece = co_await pictures.read(object, sent, piece_bytes);
    if (!piece && piece.error().code == "picture_not_found") break;  // replaced meanwhile
    if (!piece) co_return Result<void>(core::fail(std::move(piece)));
    size = piece->size();
    if (size != 0) to.json().text(base64(*piece));
    auto flushed = co_await to.flush();
    if (!flushed) co_return flushed;
  }
  to.json().end_array();
  to.json().end_object();
  co_return Result<void>();
}

Task<Result<void>> write_document(const ExportRoutes& to, Document& document, core::AccountId id) {
  auto own = co_await to.own_data.account(id);
  if (!own) co_return Result<void>(core::fail(std::move(own)));
  document.json().begin_object();
  document.time("exported_at", to.clock.now());
  write_account(document, *own);
  auto avatar = avatars::avatar_of(own->account);
  if (avatar) {
    auto written = co_await write_avatar(document, to.pictures, std::move(*avatar));
    if (!written) co_return written;
  }
  const auto sessions = [&](const std::optional<OwnSession>& last) {
    return to.own_data.sessions(id, last ? std::optional(last->id) : std::nullopt, page_size);
  };
  const auto events = [&](const std::optional<OwnEvent>& last) {
    return to.own_data.events(id, last ? std::optional(last->place) : std::nullopt, page_size);
  };
  const auto mails = [&](const std::optional<OwnMail>& last) {
    return to.own_data.mails(id, last ? std::optional(last->id) : std::nullopt, page_size);
  };
  const auto flows = [&](const std::optional<OwnFlow>& last) {
    return to.own_data.flows(id, last ? std::optional(last->id) : std::nullopt, page_size);
  };
  auto written = co_await write_pages<OwnSession>(document, "sessions", sessions);
  if (written) written = co_await write_pages<OwnEvent>(document, "events", events);
  if (written) written = co_await write_pages<OwnMail>(document, "mails", mails);
  if (written) written = co_await write_pages<OwnFlow>(document, "links_and_codes", flows);
  if (!written) co_return written;
  document.json().end_object();
  co_return co_await document.flush();
}

Task<Result<Response>> export_own_data(const ExportRoutes& to, Exchange& exchange, SharedView view) {
  auto fresh = sessions::require_fresh(*view, to.clock.now());
  if (!fresh) co_return Result<Response>(core::fail(std::move(fresh)));
  Document document(exchange);
  auto written = co_await write_document(to, document, view->account.id);
  if (!written) co_return Result<Response>(core::fail(std::move(written)));
  co_return Response{.status = 200};
}

constexpr transport::RouteDescription export_described{
    .name = "export_own_data",
    .group = transport::RouteGroup::own_account,
    .summary = "Download all that is known of the account",
    .text = "One JSON document: the account, its picture, its sessions, what happened, the mails, links and codes.",
    .access = transport::Access::freshly_signed_in,
    .answers = {{.status = 200,
                 .text = "`exported_at`, `account`, `avatar`, `sessions`, `events`, `mails`, `links_and_codes`.",
                 .media_type = "application/json",
                 .headers = {"Content-Disposition"}}}};

}  // namespace

void add_export_routes(transport::Router& router, const ExportRoutes& to) {
  router.add({.method = transport::Method::get,
              .pattern = "/v1/auth/me/export",
              .handler = sessions::api::signed_in(to.authenticate, to.jar,
                                                  [to](Exchange& exchange, const Parameters&, SharedView view) {
                                                    return export_own_data(to, exchange, std::move(view));
                                                  }),
              .cookies = transport::Cookies::used,
              .description = &export_described});
}

}  // namespace sallyport::accounts::api
