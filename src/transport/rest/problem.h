#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace sallyport::transport::rest {

/// RFC 9457 §3, the media type of what `write_problem` writes.
inline constexpr std::string_view problem_media_type = "application/problem+json";

/// Appends the body of a refusal, RFC 9457 problem details:
/// `type` (`urn:sallyport:problem:` and the code), `title`, `status`, `code`, then `errors` (each with `field`, `rule`
/// and `detail`) if fields are wrong, and `request_id` unless empty. `log_detail` and `retry_after` are not told here;
/// the latter is a header. `http_status` is given, since the transport has refusals without a fault of their own.
void write_problem(std::string& out, const core::Error& error, int http_status, std::string_view request_id);

}  // namespace sallyport::transport::rest
