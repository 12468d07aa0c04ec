#include "sessions/api/rpc.h"

#include <google/protobuf/empty.pb.h>

#include <algorithm>

#include "sessions/api/caller.h"
#include "sessions/api/devices.h"
#include "sessions/api/rpc_admission.h"
#include "sessions/api/rpc_messages.h"
#include "sessions/api/rpc_outcome.h"
#include "sessions/refresh_token.h"
#include "transport/rest/json_body.h"

namespace sallyport::sessions::api {

namespace v1 = ::auth::v1;
using core::Result;
using core::Task;
using google::protobuf::Empty;
using transport::rpc::Call;

namespace {

Task<Result<v1::AuthResponse>> authenticate(const SessionMethods& to, Call& call, v1::AuthenticateRequest request) {
  std::vector<core::FieldError> wrong;
  check_identifier_type(request.identifier_type(), wrong);
  auto email = transport::rest::parse_field<accounts::Email>("identifier", request.identifier(), wrong);
  const auto typed = take_secret(request.mutable_password());
  auto password = transport::rest::parse_field<accounts::Password>("password", typed.reveal(), wrong);
  if (!wrong.empty())
    co_return Result<v1::AuthResponse>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  auto token = device_token_of(call, to.keyring, to.clock.now());
  auto device =
      to_device(call, request.has_client_info() ? &request.client_info() : nullptr, request.installation_id(), token);
  auto signed_in = co_await to.sign_in({.email = std::move(*email),
                                        .password = std::move(*password),
                                        .device = std::move(device),
                                        .client = client_of(call.exchange()),
                                        .device_token = std::move(token)});
  const AuthAnswers answers{to.clock, to.most_wrong_passwords};
  if (!signed_in) co_return answers.refusal(call, std::move(signed_in).error());
  co_return answers.success(call, std::move(*signed_in));
}

Task<Result<v1::TokenPair>> refresh_tokens(const SessionMethods& to, Call& call, v1::RefreshTokensRequest request) {
  auto refreshed = co_await to.refresh(
      {.refresh_token = take_secret(request.mutable_refresh_token()), .client = client_of(call.exchange())});
  if (!refreshed) co_return Result<v1::TokenPair>(core::fail(std::move(refreshed)));
  call.exchange().set_account(refreshed->view.account.id.uuid());
  co_return token_pair(std::move(refreshed->access_token), refreshed->access_token_lifetime, *refreshed->refresh_token,
                       to.clock.now());
}

Task<Result<v1::ValidateCredentialsResponse>> validate_credentials(const SessionMethods&, Call& call,
                                                                   v1::ValidateCredentialsRequest) {
  v1::ValidateCredentialsResponse response;
  response.set_valid(true);
  *response.mutable_user() = to_message(caller_of(call)->account);
  co_return response;
}

Task<Result<Empty>> sign_out(const SessionMethods& to, Call& call, v1::SignOutRequest) {
  auto ended = co_await to.sign_out(caller_of(call)->session.id, client_of(call.exchange()));
  if (!ended) co_return Result<Empty>(core::fail(std::move(ended)));
  co_return Empty();
}

v1::SessionInfo to_message(accounts::ListedSession listed) {
  v1::SessionInfo info;
  const auto& session = listed.session;
  info.set_device_id(session.device_id);
  info.set_device_name(std::move(listed.device_name));
  info.set_device_type(std::move(listed.device_type));
  info.set_client_version(std::move(listed.client_version));
  info.set_ip_address(listed.ip);
  info.set_ip_created_by(std::move(listed.ip));
  info.set_ip_country(std::move(listed.country).value_or(""));
  set(*info.mutable_created_at(), session.created_at);
  set(*info.mutable_last_seen_at(), session.last_seen_at);
  set(*info.mutable_expires_at(), session.expires_at);
  info.set_activity_count(
      static_cast<std::int32_t>(std::min<std::int64_t>(listed.activity_count, std::numeric_limits<int>::max())));
  for (auto& [name, value] : listed.metadata) (*info.mutable_metadata())[name] = std::move(value);
  return info;
}

Task<Result<v1::ListSessionsResponse>> list_sessions(const SessionMethods& to, Call& call,
                                                     v1::ListSessionsRequest request) {
  const auto view = caller_of(call);
  const auto token = take_secret(request.mutable_refresh_token());
  const auto named = RefreshToken::parse(to.keyring, token.reveal());
  auto found = co_await devices_of(to.directory, view->account.id, to.clock.now());
  if (!found) co_return Result<v1::ListSessionsResponse>(core::fail(std::move(found)));
  v1::ListSessionsResponse response;
  for (auto& listed : *found) {
    const auto id = listed.session.id;
    auto& info = *response.add_sessions() = to_message(std::move(listed));
    info.set_is_current(id == view->session.id || (named && named->session() == id));
  }
  co_return response;
}

Task<Result<Empty>> revoke_session(const SessionMethods& to, Call& call, v1::RevokeSessionRequest request) {
  const auto view = caller_of(call);
  const auto found = co_await to.directory.sessions_of(view->account.id, to.clock.now());
  if (!found) co_return Result<Empty>(std::unexpected(found.error()));
  const auto named = std::ranges::find(*found, request.device_id(),
                                       [](const accounts::ListedSession& listed) { return listed.session.device_id; });
  if (named == found->end()) co_return Result<Empty>(core::fail(core::Fault::not_found, "session_not_found"));
  auto revoked = co_await to.revoke_sessions.one(view->session.id, named->session.id, client_of(call.exchange()));
  if (!revoked) co_return Result<Empty>(core::fail(std::move(revoked)));
  co_return Empty();
}

Task<Result<v1::RevokeSessionsResponse>> revoke_other_sessions(const SessionMethods& to, Call& call,
                                                               v1::RevokeOtherSessionsRequest) {
  auto revoked = co_await to.revoke_sessions.others(caller_of(call)->session.id, client_of(call.exchange()));
  if (!revoked) co_return Result<v1::RevokeSessionsResponse>(core::fail(std::move(revoked)));
  v1::RevokeSessionsResponse response;
  response.set_revoked_count(static_cast<std::int32_t>(*revoked));
  co_return response;
}

}  // namespace

void add_session_methods(transport::rpc::Services& services, const SessionMethods& to) {
  add_unary(services, "auth.v1.AuthService/Authenticate", to, authenticate);
  add_unary(services, "auth.v1.AuthService/RefreshTokens", to, refresh_tokens);
  add_unary(services, "auth.v1.AuthService/ValidateCredentials", to, validate_credentials);
  add_unary(services, "auth.v1.AuthService/SignOut", to, sign_out);
  add_unary(services, "auth.v1.AuthService/ListSessions", to, list_sessions);
  add_unary(services, "auth.v1.AuthService/RevokeSession", to, revoke_session);
  add_unary(services, "auth.v1.AuthService/RevokeOtherSessions", to, revoke_other_sessions);
}

}  // namespace sallyport::sessions::api
