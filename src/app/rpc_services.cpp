#include "app/rpc_services.h"

#include <google/protobuf/descriptor.h>

#include <array>

#include "accounts/api/rpc.h"
#include "accounts/api/rpc_users.h"
#include "auth/v1/auth.pb.h"
#include "avatars/api/rpc.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "recovery/api/rpc.h"
#include "sessions/api/rpc.h"
#include "users/v1/users.pb.h"
#include "verification/api/rpc.h"

namespace sallyport::app {
namespace {

/// By a message of each file, so that the linker takes the file's descriptors along.
auto services_of_contract() {
  const google::protobuf::FileDescriptor* const files[] = {
      ::auth::v1::AuthResponse::descriptor()->file(), ::users::v1::User::descriptor()->file(),
      ::grpc::health::v1::HealthCheckRequest::descriptor()->file(),
      ::grpc::reflection::v1::ServerReflectionRequest::descriptor()->file(),
      ::grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()->file()};
  std::array<const google::protobuf::ServiceDescriptor*, std::size(files)> services{};
  std::ranges::transform(files, services.begin(), [](const auto* file) { return file->service(0); });
  return services;
}

/// What the contract has and this server does not yet.
void add_unavailable(transport::rpc::Services& services) {
  for (const auto* method :
       {"GetOAuthUrl", "ExchangeOAuthCode", "LinkOAuthProvider", "UnlinkOAuthProvider", "ListLinkedProviders"}) {
    services.unavailable("auth.v1.AuthService/" + std::string(method), "providers_unavailable");
  }
  for (const auto* method : {"VerifyMfa", "GetMfaStatus", "SetupMfa", "ConfirmMfaSetup", "DisableMfa"})
    services.unavailable("auth.v1.AuthService/" + std::string(method), "second_factors_unavailable");
}

}  // namespace

RpcServices::RpcServices(Services& services, std::function<transport::rpc::HealthService::State()> state)
    : methods_(services_of_contract()),
      admission_(services.authenticate, services.clock, services.config.directory_readers),
      services_(methods_.methods(), {.message_bytes = services.config.limits.body_bytes, .admission = &admission_}),
      health_(services.clock, std::move(state)) {
  const auto most_wrong_passwords = services.config.throttle.max_failures;
  sessions::api::add_session_methods(services_, {.sign_in = services.sign_in,
                                                 .refresh = services.refresh,
                                                 .sign_out = services.sign_out,
                                                 .directory = services.own_directory,
                                                 .revoke_sessions = services.revoke_sessions,
                                                 .keyring = services.keyring,
                                                 .clock = services.clock,
                                                 .most_wrong_passwords = most_wrong_passwords});
  accounts::api::add_account_methods(services_, {.register_account = services.register_once,
                                                 .change_password = services.change_password,
                                                 .ground = {.policy = services.policy,
                                                            .name_request = services.name_request,
                                                            .rules = services.config.registration},
                                                 .keyring = services.keyring,
                                                 .clock = services.clock,
                                                 .most_wrong_passwords = most_wrong_passwords});
  recovery::api::add_recovery_methods(services_, {.request_recovery = services.request_recovery,
                                                  .confirm_recovery = services.confirm_recovery,
                                                  .name_request = services.name_request});
  verification::api::add_verification_methods(services_, {.ask = services.ask_verification,
                                                          .confirm = services.confirm_verification,
                                                          .authenticate = services.authenticate,
                                                          .keyring = services.keyring,
                                                          .clock = services.clock,
                                                          .most_wrong_passwords = most_wrong_passwords});
  accounts::api::add_user_methods(services_, {.find = services.find_users,
                                              .create = services.create_user,
                                              .administer = services.administer_users,
                                              .set_password = services.set_user_password,
                                              .policy = services.policy,
                                              .clock = services.clock});
  avatars::api::add_avatar_methods(services_, {.change_avatar = services.change_avatar,
                                               .upload_avatar = services.upload_avatar,
                                               .slots = services.picture_slots,
                                               .directory = services.directory});
  add_unavailable(services_);
  health_.add_to(services_);
  reflection_.add_to(services_);
}

}  // namespace sallyport::app
