#include "transport/rpc/method_table.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "auth/v1/auth.pb.h"
#include "sallyport/options/v1/options.pb.h"
#include "users/v1/users.pb.h"

namespace sallyport::transport::rpc {

namespace pb = google::protobuf;
namespace options = ::sallyport::options::v1;

namespace {

const pb::ServiceDescriptor* service(const char* name) {
  (void)::auth::v1::AuthResponse::descriptor();
  (void)::users::v1::User::descriptor();
  return pb::DescriptorPool::generated_pool()->FindServiceByName(name);
}

MethodTable contract() {
  const pb::ServiceDescriptor* const services[] = {service("auth.v1.AuthService"), service("users.v1.UserService")};
  return MethodTable(services);
}

}  // namespace

TEST(MethodTable, HasEveryMethodOfTheContractWithItsAccessAndRate) {
  using enum Access;
  using enum RateClass;
  static constexpr struct {
    std::string_view name;
    Access access;
    RateClass rate;
    bool is_pure = false;
    Messages replies = Messages::one;
  } wanted[] = {{"auth.v1.AuthService/Authenticate", anybody, sign_in},
                {"auth.v1.AuthService/ChangePassword", signed_in, sign_in},
                {"auth.v1.AuthService/ConfirmMfaSetup", signed_in, sign_in},
                {"auth.v1.AuthService/ConfirmVerification", anybody, sign_in},
                {"auth.v1.AuthService/DisableMfa", signed_in, sign_in},
                {"auth.v1.AuthService/ExchangeOAuthCode", anybody, sign_in},
                {"auth.v1.AuthService/GetMfaStatus", signed_in, other, true},
                {"auth.v1.AuthService/GetOAuthUrl", anybody, other},
                {"auth.v1.AuthService/LinkOAuthProvider", signed_in, other},
                {"auth.v1.AuthService/ListLinkedProviders", signed_in, other, true},
                {"auth.v1.AuthService/ListSessions", signed_in, other},
                {"auth.v1.AuthService/RecoveryConfirm", anybody, sign_in},
                {"auth.v1.AuthService/RecoveryStart", anybody, mail},
                {"auth.v1.AuthService/RefreshTokens", anybody, other},
                {"auth.v1.AuthService/RequestVerification", signed_in, mail},
                {"auth.v1.AuthService/RevokeOtherSessions", signed_in, other},
                {"auth.v1.AuthService/RevokeSession", signed_in, other},
                {"auth.v1.AuthService/SetupMfa", signed_in, other},
                {"auth.v1.AuthService/SignOut", signed_in, other},
                {"auth.v1.AuthService/SignUp", anybody, registration},
                {"auth.v1.AuthService/UnlinkOAuthProvider", signed_in, other},
                {"auth.v1.AuthService/ValidateCredentials", signed_in, other, true},
                {"auth.v1.AuthService/VerifyMfa", anybody, sign_in},
                {"users.v1.UserService/ConfirmAvatarUpload", self_or_administrator, other},
                {"users.v1.UserService/CreateUser", fresh_administrator, other},
                {"users.v1.UserService/DeleteAvatar", self_or_administrator, other},
                {"users.v1.UserService/GetAvatarUploadUrl", self_or_administrator, other},
                {"users.v1.UserService/ListUsers", administrator, other, true, Messages::many},
                {"users.v1.UserService/ListUsersInfo", directory, other, true, Messages::many},
                {"users.v1.UserService/SetPassword", fresh_administrator, other},
                {"users.v1.UserService/UpdateUser", fresh_administrator, other}};
  const auto table = contract();
  ASSERT_EQ(table.methods().size(), std::size(wanted));
  for (std::size_t i = 0; i < std::size(wanted); ++i) {
    const auto& method = table.methods()[i];
    SCOPED_TRACE(std::string(wanted[i].name));
    EXPECT_EQ(method.full_name, wanted[i].name);
    EXPECT_EQ(method.path, "/" + std::string(wanted[i].name));
    EXPECT_EQ(method.access, wanted[i].access);
    EXPECT_EQ(method.rate, wanted[i].rate);
    EXPECT_EQ(method.is_free_of_side_effects, wanted[i].is_pure);
    EXPECT_EQ(method.requests, Messages::one);
    EXPECT_EQ(method.replies, wanted[i].replies);
    EXPECT_EQ(table.find(wanted[i].name), &method);
  }
}

TEST(MethodTable, FindsNothingElse) {
  const auto table = contract();
  for (const char* name : {"", "auth.v1.AuthService", "auth.v1.AuthService/", "auth.v1.AuthService/authenticate",
                           "/auth.v1.AuthService/Authenticate", "zzz"}) {
    EXPECT_EQ(table.find(name), nullptr) << name;
  }
}

TEST(MethodTable, DoesNotCompileWhatContradictsItself) {
  const auto compile = [](const char* request, const std::function<void(pb::MethodOptions&)>& set,
                          bool is_client_streaming = false) {
    pb::FileDescriptorProto file;
    file.set_name("test.proto");
    file.set_package("test");
    file.set_syntax("proto3");
    file.add_dependency("auth/v1/auth.proto");
    file.add_dependency("users/v1/users.proto");
    auto& service = *file.add_service();
    service.set_name("Service");
    auto& method = *service.add_method();
    method.set_name("Call");
    method.set_input_type(request);
    method.set_output_type(request);
    method.set_client_streaming(is_client_streaming);
    set(*method.mutable_options());
    pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
    const auto* made = pool.BuildFile(file);
    ASSERT_NE(made, nullptr);
    const pb::ServiceDescriptor* const services[] = {made->service(0)};
    const MethodTable table(services);
  };
  const auto access = [](options::Access who) {
    return [who](pb::MethodOptions& method) {
      method.SetExtension(options::access, who);
      method.SetExtension(options::rate, options::RATE_CLASS_OTHER);
    };
  };
  const auto pure = [&](pb::MethodOptions& method) {
    access(options::ACCESS_PUBLIC)(method);
    method.set_idempotency_level(pb::MethodOptions::NO_SIDE_EFFECTS);
  };
  contract();

  EXPECT_NO_THROW(compile(".auth.v1.SignOutRequest", access(options::ACCESS_SIGNED_IN)));
  EXPECT_NO_THROW(compile(".users.v1.DeleteAvatarRequest", access(options::ACCESS_SELF_OR_ADMINISTRATOR)));
  EXPECT_NO_THROW(compile(".auth.v1.SignOutRequest", pure));
  EXPECT_THROW(compile(".auth.v1.SignOutRequest", access(options::ACCESS_UNSPECIFIED)), std::logic_error);
  EXPECT_THROW(compile(".auth.v1.SignOutRequest",
                       [](pb::MethodOptions& method) { method.SetExtension(options::access, options::ACCESS_PUBLIC); }),
               std::logic_error)
      << "no rate class";
  EXPECT_THROW(compile(".auth.v1.RefreshTokensRequest", pure), std::logic_error) << "a token in an address";
  EXPECT_THROW(compile(".auth.v1.SignOutRequest", access(options::ACCESS_SELF_OR_ADMINISTRATOR)), std::logic_error)
      << "whose account?";
  EXPECT_THROW(compile(".users.v1.ListUsersRequest", access(options::ACCESS_SELF_OR_ADMINISTRATOR)), std::logic_error)
      << "an account that may be left out";
  EXPECT_THROW(compile(".users.v1.DeleteAvatarRequest", access(options::ACCESS_SELF_OR_ADMINISTRATOR), true),
               std::logic_error)
      << "every message could name another";
}

}  // namespace sallyport::transport::rpc
