#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::core {

/// What a caller can do about a failure. Every protocol maps each of these exactly once (see
/// `transport/wire_status.h`).
enum class Fault {
  malformed,          ///< the request is not what its media type says it is: fix the client
  invalid,            ///< well formed, but a field breaks a rule: fix the fields named
  unauthenticated,    ///< no valid credentials: sign in
  forbidden,          ///< valid credentials that may not do this
  not_found,          ///< no such thing, or none the caller may know of
  conflict,           ///< the state of the store contradicts the request
  too_large,          ///< a size limit was exceeded
  throttled,          ///< too many attempts: wait `retry_after`
  unavailable,        ///< the server cannot do it now: wait `retry_after`
  deadline_exceeded,  ///< the request's time ran out; a write may have happened
  cancelled,          ///< the caller went away
  unimplemented,      ///< a known operation that this server does not offer
  internal,           ///< a bug or a broken machine
};

/// One wrong field of a request. Both members point at literals or at described member names, never at request bytes.
struct FieldError {
  std::string_view field;  ///< as the client spells it, `email`
  std::string_view rule;   ///< stable, `too_short`
  friend bool operator==(const FieldError&, const FieldError&) = default;
};

/// Why an operation failed. The client sees everything but `log_detail`.
struct Error {
  Fault fault;
  std::string_view code;  ///< stable and matched on by clients; points at a literal
  std::vector<FieldError> fields{};
  std::optional<std::chrono::seconds> retry_after{};
  std::string log_detail{};  ///< for the log only; holds no secret and no address of a person
};

}  // namespace sallyport::core
