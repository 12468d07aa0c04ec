#include "recovery/api/rpc.h"

#include <google/protobuf/empty.pb.h>

#include "recovery/api/rest.h"
#include "sessions/api/caller.h"
#include "sessions/api/rpc_messages.h"
#include "transport/rest/json_body.h"

namespace sallyport::recovery::api {

namespace v1 = ::auth::v1;
using core::Result;
using core::Task;
using google::protobuf::Empty;
using sessions::api::add_unary;
using transport::rest::parse_field;
using transport::rpc::Call;

namespace {

Task<Result<Empty>> start(const RecoveryMethods& to, Call& call, v1::RecoveryStartRequest request) {
  std::vector<core::FieldError> wrong;
  sessions::api::check_identifier_type(request.identifier_type(), wrong);
  auto email = parse_field<accounts::Email>("identifier", request.identifier(), wrong);
  std::optional<idempotency::IdempotencyKey> key;
  if (!request.idempotency_key().empty())
    key = parse_field<idempotency::IdempotencyKey>("idempotency_key", request.idempotency_key(), wrong);
  if (!wrong.empty()) co_return Result<Empty>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  auto command = to_command(std::move(*email), key, to.name_request);
  auto requested = co_await to.request_recovery(std::move(command));
  if (!requested) co_return Result<Empty>(core::fail(std::move(requested)));
  const auto handle = requested->handle.text();
  call.add_metadata(sessions::api::flow_metadata, std::string(handle.reveal()));
  co_return Empty();
}

Task<Result<Empty>> confirm(const RecoveryMethods& to, Call& call, v1::RecoveryConfirmRequest request) {
  std::vector<core::FieldError> wrong;
  const auto token = sessions::api::take_secret(request.mutable_token());
  const auto typed = sessions::api::take_secret(request.mutable_new_password());
  auto proof = flows::parse_proof(flows::split_proof(token.reveal()), wrong);
  auto password = parse_field<accounts::Password>("password", typed.reveal(), wrong);
  const auto by_names_of_messages = [](core::Error error) {
    return sessions::api::renamed(std::move(error),
                                  {{"code", "token"}, {"flow", "token"}, {"password", "new_password"}});
  };
  if (!wrong.empty())
    co_return Result<Empty>(std::unexpected(by_names_of_messages(transport::rest::invalid_fields(std::move(wrong)))));
  auto confirmed = co_await to.confirm_recovery({.proof = std::move(*proof),
                                                 .password = std::move(*password),
                                                 .client = sessions::api::client_of(call.exchange())});
  if (!confirmed) co_return Result<Empty>(std::unexpected(by_names_of_messages(std::move(confirmed).error())));
  call.exchange().set_account(confirmed->uuid());
  co_return Empty();
}

}  // namespace

void add_recovery_methods(transport::rpc::Services& services, const RecoveryMethods& to) {
  add_unary(services, "auth.v1.AuthService/RecoveryStart", to, start);
  add_unary(services, "auth.v1.AuthService/RecoveryConfirm", to, confirm);
}

}  // namespace sallyport::recovery::api
