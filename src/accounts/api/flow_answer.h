#pragma once

#include "accounts/flow_desk.h"
#include "transport/browser/cookies.h"

namespace sallyport::accounts::api {

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
