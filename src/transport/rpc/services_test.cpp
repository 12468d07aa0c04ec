#include "transport/rpc/services.h"

#include <gtest/gtest.h>

#include "auth/v1/auth.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "transport/rpc/conversation_for_test.h"
#include "transport/rpc/gzip.h"
#include "transport/rpc/message_codec.h"

namespace sallyport::transport::rpc {
namespace {

namespace pb = google::protobuf;
namespace health = ::grpc::health::v1;
namespace reflection = ::grpc::reflection::v1;

constexpr std::string_view check_method = "grpc.health.v1.Health/Check";
constexpr std::string_view watch_method = "grpc.health.v1.Health/Watch";
constexpr std::string_view chat_method = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr std::string_view refresh_method = "auth.v1.AuthService/RefreshTokens";

std::string check_request(std::string_view service) {
  health::HealthCheckRequest request;
  request.set_service(std::string(service));
  return request.SerializeAsString();
}

/// A server of four methods, one of each shape that matters, whose handlers a test chooses.
class CallTest : public testing::Test, protected Conversation {
 protected:
  using CheckReply = core::Result<health::HealthCheckResponse>;

  CallTest() {
    services_.unary<health::HealthCheckRequest, health::HealthCheckResponse>(
        check_method,
        [this](Call& call, health::HealthCheckRequest request) { return check(call, std::move(request)); });
    services_.server_stream<health::HealthCheckRequest, health::HealthCheckResponse>(
        watch_method,
        [this](Call& call, health::HealthCheckRequest request) { return watch(call, std::move(request)); });
    services_.stream(chat_method, &chat);
    services_.unary<::auth::v1::RefreshTokensRequest, ::auth::v1::TokenPair>(
        refresh_method, [](Call&, ::auth::v1::RefreshTokensRequest request) { return refresh(std::move(request)); });
    for (const auto& method : table_.methods()) {
      if (method.full_name.starts_with("auth.v1.") && method.full_name != refresh_method)
        services_.unavailable(method.full_name, "method_not_allowed");
    }
    services_.mount(router);
  }

  static const std::vector<const pb::ServiceDescriptor*>& described() {
    static const std::vector<const pb::ServiceDescriptor*> services{
        health::HealthCheckRequest::descriptor()->file()->service(0),
        reflection::ServerReflectionRequest::descriptor()->file()->service(0),
        ::auth::v1::TokenPair::descriptor()->file()->service(0)};
    return services;
  }

  core::Task<CheckReply> check(Call& call, health::HealthCheckRequest request) {
    last_service_ = request.service();
    if (handle_) co_return handle_(call);
    health::HealthCheckResponse reply;
    reply.set_status(health::HealthCheckResponse::SERVING);
    co_return CheckReply(std::move(reply));
  }
  core::Task<core::Result<void>> watch(Call& call, health::HealthCheckRequest request) {
    last_service_ = request.service();
    for (int i = 1; i <= replies_; ++i) {
      health::HealthCheckResponse reply;
      reply.set_status(static_cast<health::HealthCheckResponse::ServingStatus>(i));
      auto written = co_await call.write(reply);
      if (!written) co_return written;
    }
    if (handle_) {
      auto outcome = handle_(call);
      if (!outcome) co_return core::Result<void>(core::fail(std::move(outcome)));
    }
    co_return core::Result<void>{};
  }
  static core::Task<core::Result<void>> chat(Call& call) {
    for (;;) {
      reflection::ServerReflectionRequest request;
      auto more = co_await call.read(request);
      if (!more) co_return core::Result<void>(core::fail(std::move(more)));
      if (!*more) co_return core::Result<void>{};
      reflection::ServerReflectionResponse reply;
      reply.set_valid_host(request.host());
      auto written = co_await call.write(reply);
      if (!written) co_return written;
    }
  }
  static core::Task<core::Result<::auth::v1::TokenPair>> refresh(::auth::v1::RefreshTokensRequest request) {
    ::auth::v1::TokenPair pair;
    pair.set_access_token(std::string(4096, 'a'));
    pair.set_refresh_token(request.refresh_token());
    co_return core::Result<::auth::v1::TokenPair>(std::move(pair));
  }

  const MethodTable table_{described()};
  Services services_{table_.methods(), {.message_bytes = 8 * 1024, .streams = 2}};
  std::function<CheckReply(Call&)> handle_;
  int replies_ = 2;
  std::string last_service_;
};

TEST_F(CallTest, AnswersAUnaryCallOfGrpcWithOneMessageAndItsStatusInTrailers) {
  const auto& exchange = ask(call(check_method, "application/grpc", enveloped(check_request("auth"))));

  EXPECT_EQ(last_service_, "auth");
  EXPECT_EQ(exchange.answer.status, 200);
  EXPECT_EQ(exchange.answer.content_type, "application/grpc");
  EXPECT_EQ(exchange.answer.body, enveloped("\x08\x01"));
  EXPECT_EQ(field_of(exchange.answer.trailers, "grpc-status"), "0");
}

TEST_F(CallTest, AnswersAUnaryCallOfConnectWithTheBareMessage) {
  const auto& exchange = ask(call(check_method, "application/json", R"({"service":"auth","new":1})"));

  EXPECT_EQ(last_service_, "auth");
  EXPECT_EQ(exchange.answer.content_type, "application/json");
  EXPECT_EQ(exchange.answer.body, R"({"status":"SERVING"})");
}

TEST_F(CallTest, AnswersAUnaryCallOfGrpcWebWithItsStatusInTheBody) {
  const auto& exchange = ask(call(check_method, "application/grpc-web+proto", enveloped(check_request("auth"))));

  const auto sent = envelopes_in(exchange.answer.body);
  ASSERT_EQ(sent.size(), 2);
  EXPECT_EQ(sent[0].payload, "\x08\x01");
  EXPECT_EQ(sent[1].flags, trailers_flag);
  EXPECT_EQ(sent[1].payload, "grpc-status: 0\r\n");
  EXPECT_EQ(exchange.answer.content_type, "application/grpc-web+proto");
}

TEST_F(CallTest, SpeaksBase64WithClientsOfGrpcWebText) {
  std::string text;
  append_base64(text, enveloped(check_request("auth")), Padding::yes);

  const auto& exchange = ask(call(check_method, "application/grpc-web-text", text));

  EXPECT_EQ(last_service_, "auth");
  std::string answered;
  Base64Stream stream;
  ASSERT_TRUE(stream.feed(exchange.answer.body, answered));
  EXPECT_TRUE(stream.is_whole());
  EXPECT_EQ(envelopes_in(answered).size(), 2);
}

TEST_F(CallTest, TakesAConnectGetOfWhatChangesNothing) {
  const auto& exchange = ask({.method = transport::Method::get,
                              .path = "/" + std::string(check_method),
                              .query = "connect=v1&encoding=json&message=%7B%22service%22%3A%22auth%22%7D"});

  EXPECT_EQ(last_service_, "auth");
  EXPECT_EQ(exchange.answer.body, R"({"status":"SERVING"})");
}

TEST_F(CallTest, RefusesAConnectGetOfWhatChangesSomething) {
  const auto& exchange = ask({.method = transport::Method::get,
                              .path = "/" + std::string(refresh_method),
                              .query = "connect=v1&encoding=json&message=%7B%7D"});

  EXPECT_EQ(exchange.answer.status, 405);
  EXPECT_EQ(field_of(exchange.answer.fields, "Allow"), "POST, OPTIONS");
}

TEST_F(CallTest, StreamsRepliesAndEndsInTrailers) {
  const auto& exchange = ask(call(watch_method, "application/grpc", enveloped(check_request("auth"))));

  EXPECT_EQ(envelopes_in(exchange.answer.body).size(), 2);
  EXPECT_EQ(field_of(exchange.answer.trailers, "grpc-status"), "0");
  EXPECT_TRUE(exchange.is_finished);
  EXPECT_TRUE(exchange.is_time_lifted);
}

TEST_F(CallTest, EndsAConnectStreamWithAMessageOfItsOwn) {
  handle_ = [](Call& call) -> CheckReply {
    call.add_trailer("x-trailer", "1");
    return core::fail(core::Fault::unavailable, "overloaded");
  };

  const auto& exchange = ask(call(watch_method, "application/connect+proto", enveloped(check_request("auth"))));

  const auto sent = envelopes_in(exchange.answer.body);
  ASSERT_EQ(sent.size(), 3);
  EXPECT_EQ(sent[2].flags, end_of_stream_flag);
  EXPECT_TRUE(sent[2].payload.contains(R"("code":"unavailable")")) << sent[2].payload;
  EXPECT_TRUE(sent[2].payload.contains(R"("metadata":{"x-trailer":["1"]})")) << sent[2].payload;
  EXPECT_EQ(exchange.answer.status, 200);
}

TEST_F(CallTest, TalksBothWaysWhileBothSpeak) {
  const auto asked = [](std::string_view host) {
    reflection::ServerReflectionRequest request;
    request.set_host(std::string(host));
    return enveloped(request.SerializeAsString());
  };
  prepare(call(chat_method, "application/grpc", "")).keep_body_open();
  auto& exchange = start();

  const auto first = asked("one");
  exchange.add_piece(first.substr(0, 3));
  turn();
  EXPECT_FALSE(exchange.is_answered());
  exchange.add_piece(first.substr(3) + asked("two"));
  turn();

  EXPECT_EQ(envelopes_in(exchange.answer.body).size(), 2);
  EXPECT_FALSE(is_done);
  exchange.end_body();
  turn();
  EXPECT_TRUE(is_done);
  EXPECT_EQ(field_of(exchange.answer.trailers, "grpc-status"), "0");
}

TEST_F(CallTest, TellsAnErrorOfGrpcInOneHeaderBlock) {
  handle_ = [](Call&) -> CheckReply {
    return std::unexpected(core::Error{.fault = core::Fault::invalid,
                                       .code = "invalid_fields",
                                       .fields = {{"service", "too_long"}},
                                       .retry_after = std::chrono::seconds(7)});
  };

  const auto& exchange = ask(call(check_method, "application/grpc", enveloped("")));

  EXPECT_EQ(exchange.answer.status, 200);
  EXPECT_EQ(exchange.answer.status_for_log(), 422);
  EXPECT_EQ(exchange.answer.outcome, "invalid_fields");
  EXPECT_TRUE(exchange.answer.trailers.empty());
  EXPECT_EQ(field_of(exchange.answer.fields, "grpc-status"), "3");
  EXPECT_EQ(field_of(exchange.answer.fields, "grpc-message"), "Some fields are missing or not acceptable.");
  google::rpc::Status status;
  const auto details = decode_base64(field_of(exchange.answer.fields, "grpc-status-details-bin"));
  ASSERT_TRUE(details && status.ParseFromString(*details));
  EXPECT_EQ(status.code(), 3);
  ASSERT_EQ(status.details_size(), 3);
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad;
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(status.details(0).UnpackTo(&info) && status.details(1).UnpackTo(&bad) &&
              status.details(2).UnpackTo(&retry));
  EXPECT_EQ(info.reason(), "invalid_fields");
  EXPECT_EQ(info.metadata().at("request_id"), "r1");
  EXPECT_EQ(bad.field_violations(0).field(), "service");
  EXPECT_EQ(bad.field_violations(0).description(), "too_long: The value is too long.");
  EXPECT_EQ(retry.retry_delay().seconds(), 7);
}

TEST_F(CallTest, TellsAnErrorOfConnectByItsHttpStatusAndAsJson) {
  handle_ = [](Call& call) -> CheckReply {
    call.add_metadata("x-head", "1");
    call.add_trailer("x-end", "2");
    return core::fail(core::Fault::forbidden, "forbidden");
  };

  const auto& exchange = ask(call(check_method, "application/proto", check_request("auth")));

  EXPECT_EQ(exchange.answer.status, 403);
  EXPECT_EQ(exchange.answer.content_type, "application/json");
  EXPECT_TRUE(exchange.answer.body.starts_with(
      R"({"code":"permission_denied","message":"The role of your account does not allow this.","details":[{"type":"google.rpc.ErrorInfo","value":")"))
      << exchange.answer.body;
  EXPECT_TRUE(exchange.answer.body.contains(R"("debug":{"reason":"forbidden","domain":"sallyport")"))
      << exchange.answer.body;
  EXPECT_EQ(field_of(exchange.answer.fields, "x-head"), "1");
  EXPECT_EQ(field_of(exchange.answer.fields, "trailer-x-end"), "2");
}

TEST_F(CallTest, KeepsInternalErrorsToItself) {
  handle_ = [](Call&) -> CheckReply { return core::refuse(core::Fault::internal, "store_broken", "disk is gone"); };

  const auto& exchange = ask(call(check_method, "application/json", "{}"));

  EXPECT_EQ(exchange.answer.status, 500);
  EXPECT_FALSE(exchange.answer.body.contains("store_broken"));
  EXPECT_EQ(exchange.answer.outcome, "store_broken");
  EXPECT_EQ(exchange.answer.log_detail, "disk is gone");
}

TEST_F(CallTest, AnswersInTheCallsProtocolWhatNoHandlerSaw) {
  const auto& grpc = ask(call("grpc.health.v1.Health/Nothing", "application/grpc", enveloped("")));
  EXPECT_EQ(field_of(grpc.answer.fields, "grpc-status"), "12");
  EXPECT_EQ(grpc.answer.status, 200);

  const auto& web = ask(call("a.B/C", "application/grpc-web", enveloped("")));
  ASSERT_EQ(envelopes_in(web.answer.body).size(), 1);
  EXPECT_TRUE(envelopes_in(web.answer.body)[0].payload.starts_with("grpc-status: 12\r\n"));

  const auto& connect = ask(call("a.B/C", "application/json", "{}"));
  EXPECT_EQ(connect.answer.status, 404);  // which Connect's clients take for unimplemented
  EXPECT_EQ(connect.answer.content_type, "application/problem+json");

  const auto& rest = ask({.path = "/v1/nothing", .headers = {{"content-type", "application/json"}}});
  EXPECT_EQ(rest.answer.content_type, "application/problem+json");
}

TEST_F(CallTest, CallsAnUnavailableMethodUnimplemented) {
  const auto& exchange = ask(call("auth.v1.AuthService/SignOut", "application/grpc", enveloped("")));

  EXPECT_EQ(field_of(exchange.answer.fields, "grpc-status"), "12");
}

TEST_F(CallTest, TellsWhichMediaTypesItTakes) {
  const auto& text = ask(call(check_method, "text/plain", "hello"));
  EXPECT_EQ(text.answer.status, 415);
  EXPECT_TRUE(field_of(text.answer.fields, "accept-post").starts_with("application/grpc, "));

  const auto& stream_of_unary = ask(call(check_method, "application/connect+proto", enveloped("")));
  EXPECT_EQ(stream_of_unary.answer.status, 415);

  const auto& unary_of_stream = ask(call(watch_method, "application/json", "{}"));
  EXPECT_EQ(unary_of_stream.answer.status, 415);
}

TEST_F(CallTest, NeedsTrailersForGrpc) {
  auto request = call(check_method, "application/grpc", enveloped(""));
  request.protocol = "http/1.1";

  EXPECT_EQ(ask(request).answer.status, 505);
  request.path = "/a.B/C";
  EXPECT_EQ(ask(request).answer.content_type, "application/problem+json");
}

TEST_F(CallTest, WantsExactlyOneMessageOfAUnaryClient) {
  EXPECT_EQ(field_of(ask(call(check_method, "application/grpc", "")).answer.fields, "grpc-status"), "12");
  const auto two = enveloped("") + enveloped("");
  EXPECT_EQ(field_of(ask(call(check_method, "application/grpc", two)).answer.fields, "grpc-status"), "12");
  const auto half = enveloped("abc").substr(0, 6);
  EXPECT_EQ(field_of(ask(call(check_method, "application/grpc", half)).answer.fields, "grpc-status"), "3");
}

TEST_F(CallTest, RefusesMessagesThatCannotBeRead) {
  EXPECT_EQ(field_of(ask(call(check_method, "application/grpc", enveloped("\x0a\x7f"))).answer.fields, "grpc-status"),
            "3");
  EXPECT_EQ(ask(call(check_method, "application/json", R"({"service":1})")).answer.status, 400);
  EXPECT_EQ(ask(call(check_method, "application/proto", std::string(9000, 'x'))).answer.outcome, "body_too_large");
}

TEST_F(CallTest, WritesNothingToTheLogOfWhatClientsSend) {
  testing::internal::CaptureStderr();

  const auto& exchange = ask(call(check_method, "application/grpc", enveloped("\x0a\x02\xff\xfe")));

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(field_of(exchange.answer.fields, "grpc-status"), "3");
}

TEST_F(CallTest, ReadsGzipAndRefusesWhatGrowsBeyondTheLimit) {
  std::string zipped;
  append_gzip(zipped, check_request("auth"));
  ask(call(check_method, "application/grpc", enveloped(zipped, compressed_flag), {{"grpc-encoding", "gzip"}}));
  EXPECT_EQ(last_service_, "auth");

  std::string bomb;
  append_gzip(bomb, check_request(std::string(1'000'000, 'a')));
  ASSERT_LT(bomb.size(), 2000);
  const auto& exchange = ask(call(check_method, "application/proto", bomb, {{"content-encoding", "gzip"}}));
  EXPECT_EQ(exchange.answer.outcome, "body_too_large");
}

TEST_F(CallTest, NamesTheCompressionsItKnows) {
  const auto& exchange =
      ask(call(check_method, "application/grpc", enveloped("", compressed_flag), {{"grpc-encoding", "br"}}));

  EXPECT_EQ(field_of(exchange.answer.trailers, "grpc-status"), "12");
  EXPECT_EQ(field_of(exchange.answer.fields, "grpc-accept-encoding"), "gzip");
}

TEST_F(CallTest, CompressesLargeAnswersThatHoldNoSecrets) {
  reflection::ServerReflectionRequest request;
  request.set_host(std::string(4000, 'h'));
  const auto& chatted = ask(call(chat_method, "application/grpc", enveloped(request.SerializeAsString()),
                                 {{"grpc-accept-encoding", "identity,gzip"}}));
  EXPECT_EQ(field_of(chatted.answer.fields, "grpc-encoding"), "gzip");
  ASSERT_EQ(envelopes_in(chatted.answer.body).size(), 1);
  EXPECT_EQ(envelopes_in(chatted.answer.body)[0].flags, compressed_flag);
  EXPECT_LT(chatted.answer.body.size(), 200);

  const auto& refreshed =
      ask(call(refresh_method, "application/json", R"({"refreshToken":"r"})", {{"accept-encoding", "gzip"}}));
  EXPECT_EQ(field_of(refreshed.answer.fields, "content-encoding"), "");
  EXPECT_GT(refreshed.answer.body.size(), 4096);
}

TEST_F(CallTest, ShortensTheTimeOfARequestAsItsClientAsks) {
  const auto& shorter = ask(call(check_method, "application/grpc", enveloped(""), {{"grpc-timeout", "50m"}}));
  EXPECT_EQ(shorter.limited_to, std::chrono::milliseconds(50));

  const auto& longer = ask(call(check_method, "application/proto", "", {{"connect-timeout-ms", "3600000"}}));
  EXPECT_EQ(longer.limited_to, std::nullopt);

  const auto& wrong = ask(call(check_method, "application/grpc", enveloped(""), {{"grpc-timeout", "soon"}}));
  EXPECT_EQ(field_of(wrong.answer.fields, "grpc-status"), "3");
}

TEST_F(CallTest, RunsOnlySoManyStreamsAtATime) {
  Conversation others[3];
  for (auto& other : others) services_.mount(other.router);
  const auto chat = [](Conversation& by) -> FakeExchange& {
    by.prepare(call(chat_method, "application/grpc", "")).keep_body_open();
    return by.start();
  };
  chat(others[0]);
  chat(others[1]);
  EXPECT_FALSE(others[1].is_done);

  EXPECT_EQ(field_of(chat(others[2]).answer.fields, "grpc-status"), "14");
  EXPECT_EQ(field_of(ask(call(check_method, "application/grpc", enveloped(""))).answer.trailers, "grpc-status"), "0");
  for (auto* ended : {&others[0], &others[1]}) ended->turn().end_body();
  for (auto* ended : {&others[0], &others[1]}) ended->turn();

  auto& next = chat(others[2]);
  EXPECT_FALSE(others[2].is_done);
  next.end_body();
  others[2].turn();
}

TEST_F(CallTest, EndsAStreamWhoseClientHasWaitedLongEnough) {
  prepare(call(chat_method, "application/grpc", "", {{"grpc-timeout", "200m"}})).keep_body_open();
  auto& exchange = start();
  EXPECT_FALSE(is_done);

  clock.advance(std::chrono::seconds(1));
  turn();

  EXPECT_TRUE(is_done);
  EXPECT_EQ(field_of(exchange.answer.fields, "grpc-status"), "4");
}

TEST_F(CallTest, CarriesMetadataAndTellsTheDomainsOutcome) {
  handle_ = [](Call& call) -> CheckReply {
    call.add_metadata("x-token-bin", std::string("\x00\xff", 2));
    call.add_trailer("x-end", call.metadata("x-in-bin").value_or("none"));
    call.set_outcome("locked", 429);
    return health::HealthCheckResponse();
  };

  const auto& exchange = ask(call(check_method, "application/grpc", enveloped(""), {{"x-in-bin", "aGk="}}));

  EXPECT_EQ(field_of(exchange.answer.fields, "x-token-bin"), "AP8");
  EXPECT_EQ(field_of(exchange.answer.trailers, "x-end"), "hi");
  EXPECT_EQ(exchange.answer.outcome, "locked");
  EXPECT_EQ(exchange.answer.status_for_log(), 429);
}

TEST_F(CallTest, SeesNoCookies) {
  EXPECT_TRUE(ask(call(check_method, "application/json", "{}", {{"cookie", "a=b"}})).are_cookies_withheld());
  EXPECT_TRUE(ask({.method = transport::Method::get,
                   .path = "/" + std::string(check_method),
                   .query = "encoding=json&message=%7B%7D"})
                  .are_cookies_withheld());
}

TEST_F(CallTest, RefusesAnotherVersionOfConnect) {
  const auto& exchange = ask(call(check_method, "application/json", "{}", {{"connect-protocol-version", "2"}}));

  EXPECT_EQ(exchange.answer.status, 400);
}

TEST_F(CallTest, ChecksTheFieldsOfAMessage) {
  const auto& exchange = ask(call(refresh_method, "application/json", "{}"));

  EXPECT_EQ(exchange.answer.status, 400);
  EXPECT_EQ(exchange.answer.outcome, "invalid_fields");
  EXPECT_TRUE(exchange.answer.body.contains(R"("field":"refresh_token")")) << exchange.answer.body;
}

TEST(Services, WantAHandlerForEveryMethodOfAServiceTheyServe) {
  const std::vector<const pb::ServiceDescriptor*> described{
      health::HealthCheckRequest::descriptor()->file()->service(0)};
  const MethodTable table(described);
  Services services(table.methods(), {});
  services.unavailable(watch_method, "method_not_allowed");
  Router router;
  services.mount(router);  // nothing is served, so nothing is missing
  services.unary<health::HealthCheckRequest, health::HealthCheckResponse>(
      check_method, [](Call&, health::HealthCheckRequest) -> core::Task<core::Result<health::HealthCheckResponse>> {
        co_return core::fail(core::Fault::internal, "unused");
      });

  EXPECT_THROW(services.unavailable(check_method, "again"), std::logic_error);
  EXPECT_THROW(services.unavailable("a.B/C", "unknown"), std::logic_error);
  EXPECT_EQ(services.served().size(), 1);
}

}  // namespace
}  // namespace sallyport::transport::rpc
