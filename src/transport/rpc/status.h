#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace sallyport::transport::rpc {

/// How a call ends (gRPC, "Status codes and their use in gRPC").
enum class Code : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// "invalid_argument", as Connect spells it.
std::string_view connect_name(Code code);
/// The HTTP status of a unary Connect call that ended so (Connect Protocol, "Error Codes").
int connect_http_status(Code code);

/// A message that says more of an error, serialised.
struct Detail {
  std::string type;  ///< full name, "google.rpc.BadRequest"
  std::string value;
};

/// How a call ended, in no protocol's words, and what the log is to say of it.
struct Status {
  Code code = Code::ok;
  std::string message{};  ///< for developers
  std::vector<Detail> details{};
  int http_status = 200;  ///< what REST would have said
  std::string_view outcome = "ok";
  std::string log_detail{};
  std::optional<std::chrono::seconds> retry_after{};
};

/// What an error is to the client of a call: the code of its fault, the sentence of the problem catalogue, and in the
/// details its stable code and the request's id (google.rpc.ErrorInfo), every wrong field (google.rpc.BadRequest) and
/// when to come back (google.rpc.RetryInfo). `http_status` as for `ErrorFormat::encode`.
Status status_of(int http_status, const core::Error& error, std::string_view request_id);
/// The same with the status of the error's fault.
Status status_of(const core::Error& error, std::string_view request_id);

/// A `google.rpc.Status`, for `grpc-status-details-bin`.
std::string serialise(const Status& status);
/// The error object of Connect (Connect Protocol, "Error End-Stream" and "Unary-Response"), as JSON.
std::string connect_error_json(const Status& status);

}  // namespace sallyport::transport::rpc
