#include "accounts/api/flow_answer.h"

#include "transport/rest/json_body.h"

namespace sallyport::accounts::api {

transport::Response flow_answer(const StartedFlow& started, const transport::CookieJar& jar, TellPending pending) {
  auto response = transport::rest::json_answer(
      202, FlowAnswer{.flow = std::string(started.handle.reveal()),
                      .expires_in = started.expires_in.count(),
                      .status = pending == TellPending::yes ? std::optional<std::string>("pending") : std::nullopt});
  response.fields.push_back(flow_cookie(started, jar));
  return response;
}

transport::ResponseField flow_cookie(const StartedFlow& started, const transport::CookieJar& jar) {
  return {"Set-Cookie", jar.set(jar.flow_name(), started.handle.reveal(), started.expires_in)};
}

std::string_view handle_of(const transport::Exchange& exchange, const transport::CookieJar& jar,
                           std::string_view named) {
  return named.empty() ? jar.flow_value(exchange) : named;
}

}  // namespace sallyport::accounts::api
