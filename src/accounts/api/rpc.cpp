#include "accounts/api/rpc.h"

#include <google/protobuf/empty.pb.h>

#include "accounts/api/password.h"
#include "sessions/api/rpc_admission.h"
#include "sessions/api/rpc_outcome.h"
#include "transport/rest/json_body.h"

namespace sallyport::accounts::api {

namespace v1 = ::auth::v1;
using core::Result;
using core::Task;
using google::protobuf::Empty;
using sessions::api::add_unary;
using sessions::api::given;
using transport::rpc::Call;

namespace {

RegisterRequest to_request(v1::SignUpRequest& message) {
  const auto installation = sessions::api::parse(message.installation_id());
  return {.identifier = message.identifier(),
          .email = {},
          .password = sessions::api::take_secret(message.mutable_password()),
          .display_name = given(message.display_name()),
          .username = {},
          .locale = given(message.locale()),
          .timezone = given(message.timezone()),
          .device = sessions::api::to_request(message.has_client_info() ? &message.client_info() : nullptr),
          .installation_id = installation ? std::optional(installation->str()) : std::nullopt};
}

Task<Result<v1::AuthResponse>> sign_up(const AccountMethods& to, Call& call, v1::SignUpRequest request) {
  using Answer = Result<v1::AuthResponse>;
  auto open = to.ground.rules.check_open();
  if (!open) co_return Answer(core::fail(std::move(open)));
  std::vector<core::FieldError> wrong;
  sessions::api::check_identifier_type(request.identifier_type(), wrong);
  RegistrationMetadata metadata{.key = {},
                                .device_token = sessions::api::device_token_of(call, to.keyring, to.clock.now())};
  if (!request.idempotency_key().empty())
    metadata.key =
        transport::rest::parse_field<idempotency::IdempotencyKey>("idempotency_key", request.idempotency_key(), wrong);
  auto command = to_command(to.ground, call.exchange(), to_request(request), std::move(metadata), std::move(wrong));
  if (!command) co_return Answer(core::fail(std::move(command)));
  auto registered = co_await to.register_account(std::move(*command));
  const sessions::api::AuthAnswers answers{to.clock, to.most_wrong_passwords};
  if (!registered) co_return answers.refusal(call, std::move(registered).error());
  if (registered->flow) call.add_metadata(sessions::api::flow_metadata, std::string(registered->flow->handle.reveal()));
  if (!registered->signed_in) co_return answers.pending();
  co_return answers.success(call, std::move(*registered->signed_in));
}

Task<Result<Empty>> change_password(const AccountMethods& to, Call& call, v1::ChangePasswordRequest request) {
  const auto view = sessions::api::caller_of(call);
  const auto current = sessions::api::take_secret(request.mutable_current_password());
  const auto next = sessions::api::take_secret(request.mutable_new_password());
  auto command = to_command(to.ground.policy, view, current, next, sessions::api::client_of(call.exchange()), {});
  if (!command) co_return Result<Empty>(core::fail(std::move(command)));
  const auto changed = co_await to.change_password(std::move(*command));
  if (!changed) co_return Result<Empty>(std::unexpected(with_wrong_password(changed.error(), "current_password")));
  const auto device = next_device_token(to.keyring, *view, *changed, to.clock.now());
  call.add_metadata(sessions::api::device_metadata, std::string(device.reveal()));
  co_return Empty();
}

}  // namespace

void add_account_methods(transport::rpc::Services& services, const AccountMethods& to) {
  add_unary(services, "auth.v1.AuthService/SignUp", to, sign_up);
  add_unary(services, "auth.v1.AuthService/ChangePassword", to, change_password);
}

}  // namespace sallyport::accounts::api
