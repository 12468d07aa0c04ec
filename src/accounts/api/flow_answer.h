#pragma once

#include "accounts/flow_desk.h"
#include "transport/browser/cookies.h"
#include "transport/rest/json_schema.h"

namespace sallyport::accounts::api {

struct FlowAnswer {
  std::string flow;  ///< to be given with a code; a secret of whoever asked
  std::int64_t expires_in = 0;
  std::optional<std::string> status;  ///< of an account that must prove its address
  static constexpr transport::rest::JsonNote notes[] = {
      {"flow", "Goes with the code of the mail; a secret of whoever asked. Browsers keep it as a cookie, too."},
      {"expires_in", "Seconds for which link and code are good.", "", "3600"},
      {"status", "Of an account that must prove its address before it can sign in.", "", "pending", {"pending"}}};
};
BOOST_DESCRIBE_STRUCT(FlowAnswer, (), (flow, expires_in, status))

/// What whoever starts a flow is told, the same whatever becomes of it; with the flow's cookie.
enum class TellPending { yes, no };
transport::Response flow_answer(const StartedFlow& started, const transport::CookieJar& jar,
                                TellPending pending = TellPending::no);

/// Keeps the flow in the browser, so that a code can be typed without it and a link is known there.
transport::ResponseField flow_cookie(const StartedFlow& started, const transport::CookieJar& jar);

/// The handle that a request names, or else its cookie's; empty if there is none.
std::string_view handle_of(const transport::Exchange& exchange, const transport::CookieJar& jar,
                           std::string_view named);

}  // namespace sallyport::accounts::api
