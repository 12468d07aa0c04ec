#include "sessions/api/rpc_outcome.h"

#include "transport/rest/problem_catalog.h"
#include "transport/rest/wire_status.h"

namespace sallyport::sessions::api {

using ::auth::v1::AuthResponse;
using ::auth::v1::AuthStatus;

namespace {

/// The answer that a refusal is, by its code; UNSPECIFIED for one that is an error.
AuthStatus status_of(std::string_view code) {
  static constexpr std::pair<std::string_view, AuthStatus> answers[] = {
      {"invalid_credentials", ::auth::v1::AUTH_STATUS_FAILED},  {"wrong_password", ::auth::v1::AUTH_STATUS_FAILED},
      {"identifier_taken", ::auth::v1::AUTH_STATUS_FAILED},     {"locked", ::auth::v1::AUTH_STATUS_LOCKED},
      {"account_suspended", ::auth::v1::AUTH_STATUS_SUSPENDED}, {"account_pending", ::auth::v1::AUTH_STATUS_PENDING}};
  for (const auto& [known, status] : answers)
    if (known == code) return status;
  return ::auth::v1::AUTH_STATUS_UNSPECIFIED;
}

}  // namespace

AuthResponse AuthAnswers::success(transport::rpc::Call& call, SignedIn signed_in) const {
  AuthResponse response;
  response.set_status(::auth::v1::AUTH_STATUS_SUCCESS);
  *response.mutable_tokens() = token_pair(std::move(signed_in.access_token), signed_in.access_token_lifetime,
                                          signed_in.refresh_token, clock.now());
  *response.mutable_user() = to_message(signed_in.view.account);
  call.exchange().set_account(signed_in.view.account.id.uuid());
  call.add_metadata(device_metadata, std::string(signed_in.device_token.reveal()));
  return response;
}

AuthResponse AuthAnswers::success(const accounts::Account& account) const {
  AuthResponse response;
  response.set_status(::auth::v1::AUTH_STATUS_SUCCESS);
  *response.mutable_user() = to_message(account);
  return response;
}

AuthResponse AuthAnswers::pending() const {
  AuthResponse response;
  response.set_status(::auth::v1::AUTH_STATUS_PENDING);
  response.set_message(std::string(transport::rest::find_problem_title("account_pending").value_or("")));
  return response;
}

core::Result<AuthResponse> AuthAnswers::refusal(transport::rpc::Call& call, core::Error error) const {
  const auto status = status_of(error.code);
  if (status == ::auth::v1::AUTH_STATUS_UNSPECIFIED) return std::unexpected(std::move(error));
  AuthResponse response;
  response.set_status(status);
  response.set_message(std::string(transport::rest::find_problem_title(error.code).value_or("")));
  if (status == ::auth::v1::AUTH_STATUS_LOCKED) {
    const auto wait = error.retry_after.value_or(std::chrono::seconds{0});
    auto& lockout = *response.mutable_lockout_info();
    set(*lockout.mutable_retry_after(), wait);
    set(*lockout.mutable_locked_until(), clock.now() + wait);
    lockout.set_failed_attempts(static_cast<std::int32_t>(most_wrong_passwords));
    lockout.set_max_attempts(static_cast<std::int32_t>(most_wrong_passwords));
  }
  call.set_outcome(error.code, transport::wire_status(error.fault).http);
  return response;
}

}  // namespace sallyport::sessions::api
