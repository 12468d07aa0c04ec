#include "sessions/api/forward_auth.h"

#include <algorithm>
#include <array>

#include "transport/http1/uri.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::sessions::api {

using accounts::Role;
using core::Fault;
using core::Result;
using core::Task;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;

namespace {

constexpr std::size_t max_return_address = 2'048;

/// What the proxy wants to know, by the query of its question.
struct Question {
  std::optional<Role> role;
  bool may_redirect = false;
};

/// A parameter that is misspelt or given twice is refused: passed over, it would let everybody in.
Result<Question> question_of(std::string_view query) {
  Question question;
  std::vector<core::FieldError> wrong;
  transport::http1::for_each_query_parameter(query, [&](std::string_view name, std::string_view value) {
    if (name == "redirect" && !question.may_redirect) {
      question.may_redirect = true;
    } else if (name == "role" && !question.role) {
      question.role = accounts::parse_role(value);
      if (!question.role) wrong.push_back({"role", "unknown_value"});
    } else {
      wrong.push_back({"query", "unknown_value"});
    }
  });
  if (!wrong.empty()) return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
  return question;
}

/// Roles are numbered from the one that may do most.
bool includes(Role held, Role wanted) { return static_cast<int>(held) <= static_cast<int>(wanted); }

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
}

/// A value that cannot end its line. Addresses have no control characters; should one have, it is not told.
std::string header_value(std::string_view text) {
  const bool is_harmless = std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f; });
  return is_harmless ? std::string(text) : std::string();
}

/// RFC 3986 §2.3: all but unreserved characters are encoded.
void append_percent_encoded(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool is_unreserved = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                               c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved) out += c;
    else ((out += '%') += hex[byte >> 4]) += hex[byte & 15];
  }
}

/// As browsers write it: in lower case, without the scheme's own port (RFC 6454 §6.2).
std::string origin_of(std::string_view scheme_and_authority) {
  std::string origin(scheme_and_authority);
  std::ranges::transform(origin, origin.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  const std::string_view own_port = origin.starts_with("https:") ? ":443" : ":80";
  if (origin.ends_with(own_port)) origin.resize(origin.size() - own_port.size());
  return origin;
}

std::string address_asked_for(const Exchange& exchange) {
  if (const auto whole = exchange.header("X-Original-URL")) return std::string(*whole);
  const auto scheme = exchange.header("X-Forwarded-Proto"), host = exchange.header("X-Forwarded-Host"),
             target = exchange.header("X-Forwarded-Uri");
  if (!scheme || !host || !target || !target->starts_with('/')) return {};
  return std::string(*scheme).append("://").append(*host).append(*target);
}

bool accepts_html(const Exchange& exchange) {
  return exchange.header("Accept").value_or("").find("text/html") != std::string_view::npos;
}

Response identity(const SessionView& view) {
  auto response = Response::no_content();
  response.fields = {{"X-Auth-User", view.account.id.str()},
                     {"X-Auth-Email", header_value(view.account.email)},
                     {"X-Auth-Email-Verified", view.account.is_email_verified ? "true" : "false"},
                     {"X-Auth-Role", std::string(accounts::to_text(view.account.role))},
                     {"X-Auth-Session", view.session.id.str()}};
  return response;
}

Response redirect_to(std::string address) {
  Response response{.status = 302, .outcome = "sign_in_needed"};
  response.fields.push_back({"Location", std::move(address)});
  return response;
}

Task<Result<Response>> check(const ForwardAuthRoutes& to, Exchange& exchange) {
  const auto question = question_of(exchange.query());
  if (!question) co_return Result<Response>(std::unexpected(question.error()));
  auto view = co_await to.authenticate(credentials_of(exchange, to.jar));
  if (!view) {
    const bool may_redirect = question->may_redirect && view.error().fault == Fault::unauthenticated;
    auto address = may_redirect ? sign_in_address(exchange, to.rules) : std::nullopt;
    if (address) co_return redirect_to(std::move(*address));
    co_return Result<Response>(core::fail(std::move(view)));
  }
  exchange.set_account((*view)->account.id.uuid());
  if (question->role && !includes((*view)->account.role, *question->role))
    co_return Result<Response>(core::fail(Fault::forbidden, "forbidden"));
  co_return identity(**view);
}

constexpr transport::RouteDescription check_described{
    .name = "check",
    .group = transport::RouteGroup::operations,
    .summary = "Ask for a reverse proxy",
    .text =
        "What nginx, Caddy or Traefik ask of each request before they let it through, with any method. The answer "
        "says in headers who it is from.",
    .access = transport::Access::signed_in,
    .parameters = {{.in = transport::DescribedParameter::In::query,
                    .name = "role",
                    .text = "Who has less hears 403.",
                    .values = {"admin", "user", "guest"}},
                   {.in = transport::DescribedParameter::In::query,
                    .name = "redirect",
                    .text = "A browser whose owner is not signed in is sent to the sign-in page, where one is set."}},
    .answers = {{.status = 204,
                 .text = "Let it through.",
                 .headers = {"X-Auth-User", "X-Auth-Email", "X-Auth-Email-Verified", "X-Auth-Role", "X-Auth-Session"}},
                {.status = 302, .text = "To the sign-in page.", .headers = {"Location"}}},
    .errors = {{403, "forbidden"}, {422, "invalid_fields"}}};

}  // namespace

std::optional<std::string> return_address(const Exchange& exchange, const std::vector<std::string>& origins) {
  auto address = address_asked_for(exchange);
  if (address.size() > max_return_address || !is_visible_ascii(address)) return std::nullopt;
  const auto scheme_end = address.find("://");
  if (scheme_end == std::string::npos) return std::nullopt;
  const auto authority_end = std::min(address.find_first_of("/?#", scheme_end + 3), address.size());
  auto origin = origin_of(std::string_view(address).substr(0, authority_end));
  if (std::ranges::find(origins, origin) == origins.end()) return std::nullopt;
  return origin.append(address, authority_end);
}

std::optional<std::string> sign_in_address(const Exchange& exchange, const ForwardAuthRules& rules) {
  if (!rules.sign_in_url || !accepts_html(exchange)) return std::nullopt;
  auto address = *rules.sign_in_url;
  if (const auto back = return_address(exchange, rules.origins)) {
    address.append(address.contains('?') ? "&" : "?").append("return_to=");
    append_percent_encoded(address, *back);
  }
  return address;
}

void add_forward_auth_routes(transport::Router& router, ForwardAuthRoutes to) {
  const auto shared = std::make_shared<const ForwardAuthRoutes>(std::move(to));  // by the handlers of all methods
  for (const auto method :
       {Method::get, Method::post, Method::put, Method::patch, Method::delete_, Method::options, Method::other}) {
    // It changes nothing, so another site gains nothing by having a browser ask; the CSRF guard would refuse what a
    // proxy asks about requests that are none of ours.
    router.add({.method = method,
                .pattern = "/v1/auth/check",
                .handler = [shared](Exchange& exchange, const Parameters&) { return check(*shared, exchange); },
                .cookies = transport::Cookies::read_unguarded,
                .description = &check_described});
  }
}

}  // namespace sallyport::sessions::api
