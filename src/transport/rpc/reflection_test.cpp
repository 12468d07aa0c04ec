#include "transport/rpc/reflection.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <gtest/gtest.h>

#include <set>

#include "auth/v1/auth.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "transport/rpc/conversation_for_test.h"
#include "users/v1/users.pb.h"

namespace sallyport::transport::rpc {
namespace {

namespace v1 = ::grpc::reflection::v1;
namespace v1alpha = ::grpc::reflection::v1alpha;

/// A server of reflection, of one method of AuthService and of none of UserService.
class ReflectionTest : public testing::Test, protected Conversation {
 protected:
  ReflectionTest() {
    reflection_.add_to(services_);
    services_.unary<::auth::v1::SignOutRequest, google::protobuf::Empty>(
        "auth.v1.AuthService/SignOut", [](Call&, ::auth::v1::SignOutRequest) { return unused(); });
    for (const auto& method : table_.methods()) {
      if (method.full_name.starts_with("grpc.") || method.full_name == "auth.v1.AuthService/SignOut") continue;
      services_.unavailable(method.full_name, "not_found");
    }
    services_.mount(router);
  }
  static core::Task<core::Result<google::protobuf::Empty>> unused() { co_return google::protobuf::Empty(); }

  v1::ServerReflectionResponse asked(const v1::ServerReflectionRequest& request) {
    const auto& exchange = ask(call("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "application/grpc",
                                    enveloped(request.SerializeAsString())));
    v1::ServerReflectionResponse response;
    const auto sent = envelopes_in(exchange.answer.body);
    EXPECT_EQ(sent.size(), 1);
    if (!sent.empty()) response.ParseFromArray(sent[0].payload.data(), static_cast<int>(sent[0].payload.size()));
    return response;
  }
  /// The descriptors told for a symbol, by their files' names; empty for an error.
  std::map<std::string, google::protobuf::FileDescriptorProto> files_of(std::string_view symbol) {
    v1::ServerReflectionRequest request;
    request.set_file_containing_symbol(std::string(symbol));
    std::map<std::string, google::protobuf::FileDescriptorProto> files;
    for (const auto& bytes : asked(request).file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      EXPECT_TRUE(file.ParseFromString(bytes));
      files[file.name()] = file;
    }
    return files;
  }

  const std::vector<const google::protobuf::ServiceDescriptor*> described_{
      v1::ServerReflectionRequest::descriptor()->file()->service(0),
      v1alpha::ServerReflectionRequest::descriptor()->file()->service(0),
      ::auth::v1::SignOutRequest::descriptor()->file()->service(0),
      ::users::v1::User::descriptor()->file()->service(0)};
  const MethodTable table_{described_};
  Services services_{table_.methods(), {.message_bytes = 64 * 1024}};
  Reflection reflection_;
};

TEST_F(ReflectionTest, ListsWhatIsServed) {
  v1::ServerReflectionRequest request;
  request.set_host("h");
  request.set_list_services("");

  const auto response = asked(request);

  std::set<std::string> names;
  for (const auto& service : response.list_services_response().service()) names.insert(service.name());
  EXPECT_EQ(names, (std::set<std::string>{"auth.v1.AuthService", "grpc.reflection.v1.ServerReflection",
                                          "grpc.reflection.v1alpha.ServerReflection"}));
  EXPECT_EQ(response.valid_host(), "h");
  EXPECT_EQ(response.original_request().SerializeAsString(), request.SerializeAsString());
}

TEST_F(ReflectionTest, ShowsOnlyMethodsThatCanBeCalled) {
  auto files = files_of("auth.v1.AuthService");

  ASSERT_TRUE(files.contains("auth/v1/auth.proto"));
  const auto& service = files["auth/v1/auth.proto"].service(0);
  ASSERT_EQ(service.method_size(), 1);
  EXPECT_EQ(service.method(0).name(), "SignOut");
  EXPECT_TRUE(files_of("auth.v1.AuthService.Authenticate").empty());
  EXPECT_FALSE(files_of("auth.v1.AuthService.SignOut").empty());
  EXPECT_TRUE(files_of("users.v1.UserService").empty());
  EXPECT_TRUE(files_of("users.v1.User").empty());
}

TEST_F(ReflectionTest, TellsFilesFromWhichAClientCanBuildAPool) {
  google::protobuf::SimpleDescriptorDatabase database;
  for (const auto& [name, file] : files_of("auth.v1.AuthResponse")) database.Add(file);
  google::protobuf::DescriptorPool pool(&database);

  const auto* const type = pool.FindMessageTypeByName("auth.v1.AuthResponse");

  ASSERT_NE(type, nullptr);
  EXPECT_NE(type->FindFieldByName("tokens"), nullptr);
}

TEST_F(ReflectionTest, FindsExtensionsByNumberAndType) {
  v1::ServerReflectionRequest numbers;
  numbers.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
  const auto listed = asked(numbers).all_extension_numbers_response();
  EXPECT_EQ(std::set<int>(listed.extension_number().begin(), listed.extension_number().end()),
            (std::set<int>{50201, 50202}));

  v1::ServerReflectionRequest one;
  one.mutable_file_containing_extension()->set_containing_type("google.protobuf.MethodOptions");
  one.mutable_file_containing_extension()->set_extension_number(50201);
  EXPECT_GT(asked(one).file_descriptor_response().file_descriptor_proto_size(), 0);
  one.mutable_file_containing_extension()->set_extension_number(1);
  EXPECT_EQ(asked(one).error_response().error_code(), 5);
}

TEST_F(ReflectionTest, SaysWhatItDoesNotHave) {
  v1::ServerReflectionRequest file;
  file.set_file_by_filename("users/v1/users.proto");
  EXPECT_EQ(asked(file).error_response().error_code(), 5);
  file.set_file_by_filename("auth/v1/auth.proto");
  EXPECT_GT(asked(file).file_descriptor_response().file_descriptor_proto_size(), 1);
  EXPECT_EQ(asked({}).error_response().error_code(), 3);
}

TEST_F(ReflectionTest, SpeaksItsFirstVersionToo) {
  v1alpha::ServerReflectionRequest request;
  request.set_list_services("*");

  const auto& exchange = ask(call("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "application/grpc",
                                  enveloped(request.SerializeAsString())));

  v1alpha::ServerReflectionResponse response;
  const auto sent = envelopes_in(exchange.answer.body);
  ASSERT_EQ(sent.size(), 1);
  ASSERT_TRUE(response.ParseFromArray(sent[0].payload.data(), static_cast<int>(sent[0].payload.size())));
  EXPECT_EQ(response.list_services_response().service_size(), 3);
}

}  // namespace
}  // namespace sallyport::transport::rpc
