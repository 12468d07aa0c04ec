#include "transport/rpc/wire.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/manual_loop.h"
#include "transport/fake_exchange_for_test.h"

namespace sallyport::transport::rpc {
namespace {

TEST(Wire, IsNamedByTheMediaType) {
  static constexpr struct {
    std::string_view type;
    Protocol protocol;
    Codec codec;
  } cases[] = {{"application/grpc", Protocol::grpc, Codec::protobuf},
               {"Application/gRPC+Proto", Protocol::grpc, Codec::protobuf},
               {"application/grpc-web+json; charset=utf-8", Protocol::grpc_web, Codec::json},
               {"application/grpc-web-text", Protocol::grpc_web_text, Codec::protobuf},
               {"application/connect+json", Protocol::connect_stream, Codec::json},
               {"application/proto", Protocol::connect_unary, Codec::protobuf},
               {"application/json ;charset=utf-8", Protocol::connect_unary, Codec::json}};
  for (const auto& [type, protocol, codec] : cases) {
    SCOPED_TRACE(type);
    const auto* const wire = find_wire(type);
    ASSERT_NE(wire, nullptr);
    EXPECT_EQ(wire->protocol, protocol);
    EXPECT_EQ(wire->codec, codec);
  }
  for (const auto* type : {"", "application/grpcx", "application/grpc+thrift", "text/plain", "application/connect"})
    EXPECT_EQ(find_wire(type), nullptr) << type;
}

TEST(Wire, TellsMethodsFromOtherPaths) {
  for (const auto* path : {"/a.B/C", "/auth.v1.AuthService/SignOut"}) EXPECT_TRUE(names_method(path)) << path;
  for (const auto* path :
       {"/", "/v1/auth/login", "/.well-known/jwks.json", "/a.B", "/a.B/", "/a.B/C/D", "/favicon.ico", "/a/b.c", ""})
    EXPECT_FALSE(names_method(path)) << path;
}

TEST(Wire, TakesJsonForACallOnlyWhereCallsAreMade) {
  core::FakeClock clock;
  core::ManualLoop loop(clock);
  const auto wire = [&](FakeExchange::Request request) {
    return wire_of(FakeExchange(loop, clock.moment(), std::move(request)));
  };
  using Headers = std::vector<std::pair<std::string, std::string>>;
  const Headers json{{"content-type", "application/json"}};

  EXPECT_NE(wire({.path = "/a.B/C", .headers = json}), nullptr);
  EXPECT_EQ(wire({.path = "/v1/auth/login", .headers = json}), nullptr);
  EXPECT_NE(wire({.path = "/v1/auth/login", .headers = {json[0], {"connect-protocol-version", "1"}}}), nullptr);
  EXPECT_NE(wire({.method = transport::Method::get, .path = "/a.B/C"}), nullptr);
  EXPECT_EQ(wire({.method = transport::Method::get, .path = "/v1/auth/me"}), nullptr);
  EXPECT_EQ(wire({.method = transport::Method::options, .path = "/a.B/C"}), nullptr);
}

}  // namespace
}  // namespace sallyport::transport::rpc
