#include "verification/api/rpc.h"

#include <google/protobuf/empty.pb.h>

#include "sessions/api/rpc_admission.h"
#include "sessions/api/rpc_outcome.h"
#include "transport/rest/json_body.h"
#include "verification/api/rest.h"

namespace sallyport::verification::api {

namespace v1 = ::auth::v1;
using core::Result;
using core::Task;
using google::protobuf::Empty;
using sessions::api::add_unary;
using transport::rest::invalid_fields;
using transport::rpc::Call;

namespace {

/// Only addresses can be proven here.
void check_type(v1::VerificationType type, std::vector<core::FieldError>& wrong) {
  if (type == v1::VERIFICATION_TYPE_PHONE) wrong.push_back({"type", "unknown_value"});
}

Task<Result<Empty>> request_verification(const VerificationMethods& to, Call& call,
                                         v1::RequestVerificationRequest request) {
  std::vector<core::FieldError> wrong;
  check_type(request.type(), wrong);
  if (!wrong.empty()) co_return Result<Empty>(std::unexpected(invalid_fields(std::move(wrong))));
  auto started = co_await to.ask(sessions::api::caller_of(call));
  if (!started) co_return Result<Empty>(core::fail(std::move(started)));
  call.add_metadata(sessions::api::flow_metadata, std::string(started->handle.reveal()));
  co_return Empty();
}

Task<Result<v1::AuthResponse>> confirm_verification(const VerificationMethods& to, Call& call,
                                                    v1::ConfirmVerificationRequest request) {
  using Answer = Result<v1::AuthResponse>;
  std::vector<core::FieldError> wrong;
  check_type(request.type(), wrong);
  const auto token = sessions::api::take_secret(request.mutable_token());
  const auto text = flows::split_proof(token.reveal());
  auto proof = flows::parse_proof(text, wrong);
  std::optional<accounts::Password> password;
  if (!request.password().empty()) {
    const auto typed = sessions::api::take_secret(request.mutable_password());
    password = transport::rest::parse_field<accounts::Password>("password", typed.reveal(), wrong);
  }
  if (!wrong.empty())
    co_return Answer(std::unexpected(
        sessions::api::renamed(invalid_fields(std::move(wrong)), {{"code", "token"}, {"flow", "token"}})));
  const auto flow = call.metadata(sessions::api::flow_metadata).value_or(std::string(text.flow));
  auto browser = co_await browser_of(to.authenticate, flow, sessions::api::bearer_credentials_of(call.exchange()));
  if (!browser) co_return Answer(core::fail(std::move(browser)));
  auto device = sessions::api::to_device(call, request.has_client_info() ? &request.client_info() : nullptr,
                                         request.installation_id(),
                                         sessions::api::device_token_of(call, to.keyring, to.clock.now()));
  auto confirmed = co_await to.confirm({.proof = std::move(*proof),
                                        .browser = std::move(*browser),
                                        .password = std::move(password),
                                        .device = std::move(device),
                                        .client = sessions::api::client_of(call.exchange())});
  const sessions::api::AuthAnswers answers{to.clock, to.most_wrong_passwords};
  if (!confirmed) {
    // Here a taken address is no name that somebody signs up with: another account has got the one that is confirmed.
    if (confirmed.error().code == "identifier_taken") co_return Answer(core::fail(std::move(confirmed)));
    co_return answers.refusal(call, std::move(confirmed).error());
  }
  call.exchange().set_account(confirmed->account.id.uuid());
  if (!confirmed->signed_in) co_return answers.success(confirmed->account);
  co_return answers.success(call, std::move(*confirmed->signed_in));
}

}  // namespace

void add_verification_methods(transport::rpc::Services& services, const VerificationMethods& to) {
  add_unary(services, "auth.v1.AuthService/RequestVerification", to, request_verification);
  add_unary(services, "auth.v1.AuthService/ConfirmVerification", to, confirm_verification);
}

}  // namespace sallyport::verification::api
