#include "sessions/api/devices.h"

#include <algorithm>

#include "core/timestamp_text.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::sessions::api {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;

/// One signed-in device.
struct DeviceAnswer {
  std::string id;  ///< of its session
  std::string device_id;
  std::string name;
  std::string type;
  std::string client_version;
  std::string ip;                      ///< from where it signed in
  std::optional<std::string> country;  ///< absent where it is not found out
  std::string created_at;
  std::string last_seen_at;
  std::string expires_at;
  bool is_current = false;
  static constexpr transport::rest::JsonNote notes[] = {
      {"id", "Of the session.", "uuid"},
      {"device_id", "What the client called its device, or a name that this server made."},
      {"name", "", "", "Ann's phone"},
      {"type", "", "", "phone"},
      {"client_version", "", "", "4.2.0"},
      {"ip", "From where it signed in.", "", "192.0.2.7"},
      {"country", "Of that address, in two letters. Absent where it is not found out.", "", "CH"},
      {"created_at", "", "date-time"},
      {"last_seen_at", "", "date-time"},
      {"expires_at", "", "date-time"},
      {"is_current", "Whether it is the one that asks."}};
};
BOOST_DESCRIBE_STRUCT(DeviceAnswer, (),
                      (id, device_id, name, type, client_version, ip, country, created_at, last_seen_at, expires_at,
                       is_current))

struct DevicesAnswer {
  std::vector<DeviceAnswer> sessions;
  static constexpr transport::rest::JsonNote notes[] = {{"sessions", "The last seen first."}};
};
BOOST_DESCRIBE_STRUCT(DevicesAnswer, (), (sessions))

struct RevokedAnswer {
  std::int64_t revoked = 0;
  static constexpr transport::rest::JsonNote notes[] = {{"revoked", "How many sessions ended.", "", "2"}};
};
BOOST_DESCRIBE_STRUCT(RevokedAnswer, (), (revoked))

namespace {

DeviceAnswer to_answer(accounts::ListedSession listed, core::SessionId current) {
  const auto& session = listed.session;
  return {.id = session.id.str(),
          .device_id = session.device_id,
          .name = std::move(listed.device_name),
          .type = std::move(listed.device_type),
          .client_version = std::move(listed.client_version),
          .ip = std::move(listed.ip),
          .country = std::move(listed.country),
          .created_at = core::to_rfc3339(session.created_at),
          .last_seen_at = core::to_rfc3339(session.last_seen_at),
          .expires_at = core::to_rfc3339(session.expires_at),
          .is_current = session.id == current};
}

Task<Result<Response>> list(const DeviceRoutes& to, SharedView view) {
  auto found = co_await devices_of(to.directory, view->account.id, to.clock.now());
  if (!found) co_return Result<Response>(core::fail(std::move(found)));
  DevicesAnswer answer;
  for (auto& listed : *found) answer.sessions.push_back(to_answer(std::move(listed), view->session.id));
  co_return transport::rest::json_answer(200, answer);
}

Task<Result<Response>> revoke_one(const DeviceRoutes& to, Exchange& exchange, std::string_view id, SharedView view) {
  const auto parsed = core::Uuid::parse(id);
  if (!parsed) co_return Result<Response>(core::fail(core::Fault::not_found, "session_not_found"));
  const core::SessionId session(*parsed);
  auto revoked = co_await to.revoke_sessions.one(view->session.id, session, client_of(exchange));
  if (!revoked) co_return Result<Response>(core::fail(std::move(revoked)));
  auto response = Response::no_content();
  if (session == view->session.id) {
    response.fields.push_back({"Set-Cookie", to.jar.clear(to.jar.session_name())});
  }
  co_return response;
}

Task<Result<Response>> revoke_others(const DeviceRoutes& to, Exchange& exchange, SharedView view) {
  auto revoked = co_await to.revoke_sessions.others(view->session.id, client_of(exchange));
  if (!revoked) co_return Result<Response>(core::fail(std::move(revoked)));
  co_return transport::rest::json_answer(200, RevokedAnswer{.revoked = *revoked});
}

using transport::Access;
using transport::RouteDescription;
using transport::RouteGroup;
using transport::rest::json_schema;

constexpr RouteDescription list_described{
    .name = "list_own_sessions",
    .group = RouteGroup::devices,
    .summary = "Where the account is signed in",
    .access = Access::signed_in,
    .answers = {{.status = 200, .text = "The sessions.", .document = &json_schema<DevicesAnswer>}}};

constexpr RouteDescription revoke_others_described{
    .name = "end_other_sessions",
    .group = RouteGroup::devices,
    .summary = "Sign out everywhere else",
    .access = Access::signed_in,
    .answers = {{.status = 200, .text = "How many ended.", .document = &json_schema<RevokedAnswer>}}};

constexpr RouteDescription revoke_one_described{
    .name = "end_own_session",
    .group = RouteGroup::devices,
    .summary = "Sign one device out",
    .access = Access::signed_in,
    .parameters = {{.in = transport::DescribedParameter::In::path,
                    .name = "id",
                    .text = "Of the session, as the list has it.",
                    .format = "uuid"}},
    .answers = {{.status = 204, .text = "It is signed out.", .headers = {"Set-Cookie"}}},
    .errors = {{404, "session_not_found"}}};

}  // namespace

Task<Result<std::vector<accounts::ListedSession>>> devices_of(accounts::AccountDirectory& directory,
                                                              core::AccountId account, core::Timestamp now) {
  auto found = co_await directory.sessions_of(account, now);
  if (!found) co_return found;
  std::ranges::sort(*found, std::ranges::greater{}, [](const accounts::ListedSession& listed) {
    return std::pair(listed.session.last_seen_at, listed.session.id);
  });
  co_return found;
}

void add_device_routes(transport::Router& router, const DeviceRoutes& to) {
  const auto route = [&](Method method, std::string pattern, CallerHandler handler,
                         const RouteDescription& description) {
    router.add({.method = method,
                .pattern = std::move(pattern),
                .handler = signed_in(to.authenticate, to.jar, std::move(handler)),
                .cookies = transport::Cookies::used,
                .description = &description});
  };
  route(
      Method::get, "/v1/auth/sessions",
      [to](Exchange&, const Parameters&, SharedView view) { return list(to, std::move(view)); }, list_described);
  route(
      Method::delete_, "/v1/auth/sessions",
      [to](Exchange& exchange, const Parameters&, SharedView view) {
        return revoke_others(to, exchange, std::move(view));
      },
      revoke_others_described);
  route(
      Method::delete_, "/v1/auth/sessions/{id}",
      [to](Exchange& exchange, const Parameters& parameters, SharedView view) {
        return revoke_one(to, exchange, parameters["id"], std::move(view));
      },
      revoke_one_described);
}

}  // namespace sallyport::sessions::api
