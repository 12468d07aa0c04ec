#include "transport/rpc/admission.h"

#include <gtest/gtest.h>

#include "auth/v1/auth.pb.h"
#include "transport/rpc/conversation_for_test.h"
#include "transport/rpc/services.h"
#include "users/v1/users.pb.h"

namespace sallyport::transport::rpc {
namespace {

struct Somebody final : Caller {
  explicit Somebody(std::string given) : name(std::move(given)) {}
  std::string name;
};

/// Admits who says a name, and to avatars only their owner; remembers what it was asked.
class NamedOnly final : public Admission {
 public:
  core::Task<core::Result<std::shared_ptr<const Caller>>> admit(Exchange& exchange, const Method& method,
                                                                const google::protobuf::Message* request) override {
    using Admitted = core::Result<std::shared_ptr<const Caller>>;
    asked.push_back(std::string(method.full_name) + (request != nullptr ? " with its request" : ""));
    const auto name = exchange.header("x-name");
    if (!name) co_return Admitted(core::fail(core::Fault::unauthenticated, "not_authenticated"));
    if (request != nullptr && static_cast<const ::users::v1::DeleteAvatarRequest*>(request)->user_id().value() != *name)
      co_return Admitted(core::fail(core::Fault::forbidden, "forbidden"));
    co_return Admitted(std::make_shared<const Somebody>(std::string(*name)));
  }
  std::vector<std::string> asked;
};

constexpr std::string_view authenticate = "auth.v1.AuthService/Authenticate";
constexpr std::string_view sign_out = "auth.v1.AuthService/SignOut";
constexpr std::string_view delete_avatar = "users.v1.UserService/DeleteAvatar";
constexpr std::string_view ann = "0189d5a4-0000-7000-8000-000000000001";

class AdmissionTest : public testing::Test, protected Conversation {
 protected:
  using Done = core::Task<core::Result<google::protobuf::Empty>>;

  AdmissionTest() {
    services_.unary<::auth::v1::AuthenticateRequest, ::auth::v1::AuthResponse>(
        authenticate, [this](Call& call, ::auth::v1::AuthenticateRequest) { return answer_public(call); });
    services_.unary<::auth::v1::SignOutRequest, google::protobuf::Empty>(
        sign_out, [this](Call& call, ::auth::v1::SignOutRequest) { return answer(call); });
    services_.unary<::users::v1::DeleteAvatarRequest, google::protobuf::Empty>(
        delete_avatar, [this](Call& call, ::users::v1::DeleteAvatarRequest) { return answer(call); });
    for (const auto& method : table_.methods()) {
      if (method.full_name != authenticate && method.full_name != sign_out && method.full_name != delete_avatar)
        services_.unavailable(method.full_name, "not_found");
    }
    services_.mount(router);
  }
  Done answer(Call& call) {
    caller_ = static_cast<const Somebody*>(call.caller())->name;
    co_return google::protobuf::Empty();
  }
  core::Task<core::Result<::auth::v1::AuthResponse>> answer_public(Call& call) {
    caller_ = call.caller() == nullptr ? "nobody" : "somebody";
    co_return ::auth::v1::AuthResponse();
  }
  Response json(std::string_view method, std::string body, std::string_view name = "") {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!name.empty()) headers.emplace_back("x-name", name);
    return ask(call(method, "application/json", std::move(body), std::move(headers))).answer;
  }
  static std::string about(std::string_view user) { return R"({"userId":{"value":")" + std::string(user) + R"("}})"; }

  const std::vector<const google::protobuf::ServiceDescriptor*> described_{
      ::auth::v1::SignOutRequest::descriptor()->file()->service(0),
      ::users::v1::User::descriptor()->file()->service(0)};
  const MethodTable table_{described_};
  NamedOnly admission_;
  Services services_{table_.methods(), {.admission = &admission_}};
  std::string caller_ = "not called";
};

TEST_F(AdmissionTest, IsNotAskedOfWhatAnybodyMayCall) {
  EXPECT_EQ(json(authenticate, R"({"identifier":"a@example.org","identifierType":1,"password":"p"})").status, 200);
  EXPECT_EQ(caller_, "nobody");
  EXPECT_TRUE(admission_.asked.empty());
}

TEST_F(AdmissionTest, ComesBeforeTheMessageIsReadWhereverItCan) {
  const auto refused = json(sign_out, "no json");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.outcome, "not_authenticated");
  EXPECT_EQ(caller_, "not called");

  EXPECT_EQ(json(sign_out, "{}", "ann").status, 200);
  EXPECT_EQ(caller_, "ann");
  EXPECT_EQ(admission_.asked, (std::vector<std::string>{std::string(sign_out), std::string(sign_out)}));
}

TEST_F(AdmissionTest, SeesTheRequestOnceWhereItDependsOnIt) {
  EXPECT_EQ(json(delete_avatar, about("0189d5a4-0000-7000-8000-000000000002"), ann).status, 403);
  EXPECT_EQ(json(delete_avatar, about(ann), ann).status, 200);
  EXPECT_EQ(caller_, ann);
  EXPECT_EQ(admission_.asked, std::vector<std::string>(2, std::string(delete_avatar) + " with its request"));
}

}  // namespace
}  // namespace sallyport::transport::rpc
