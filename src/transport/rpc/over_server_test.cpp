// Calls over a real server, where what matters is time, and who goes first.

#include <gtest/gtest.h>

#include <thread>

#include "core/handover.h"
#include "core/sleep.h"
#include "grpc/health/v1/health.pb.h"
#include "transport/http2/client_for_test.h"
#include "transport/rpc/conversation_for_test.h"
#include "transport/rpc/services.h"
#include "transport/server_under_test.h"

namespace sallyport::transport::rpc {
namespace {

namespace health = ::grpc::health::v1;
using Reply = health::HealthCheckResponse;
using http2::Http2Client;

constexpr std::string_view check_path = "/grpc.health.v1.Health/Check";
constexpr std::string_view watch_path = "/grpc.health.v1.Health/Watch";

/// A server whose unary method sleeps for an hour or hangs, and whose stream says one word and sleeps for an hour.
class CallOverServer : public testing::Test {
 protected:
  CallOverServer() {
    services_.unary<health::HealthCheckRequest, Reply>(
        "grpc.health.v1.Health/Check",
        [this](Call&, health::HealthCheckRequest request) { return check(std::move(request)); });
    services_.server_stream<health::HealthCheckRequest, Reply>(
        "grpc.health.v1.Health/Watch", [this](Call& call, health::HealthCheckRequest) { return watch(call); });
    services_.mount(test_.router);
    test_.start();
  }

  core::Task<core::Result<Reply>> check(health::HealthCheckRequest request) {
    using Checked = core::Result<Reply>;
    if (request.service() == "sleep") {
      auto slept = co_await sleep();
      if (!slept) co_return Checked(core::fail(std::move(slept)));
    }
    if (request.service() == "hang") {
      auto value = co_await core::hand_over<int>([this](auto handover) -> std::optional<core::Error> {
        hung_ = std::move(handover);
        hung_->take();  // an interruption does not reach what has begun elsewhere
        ++waiting_;
        return std::nullopt;
      });
      if (!value) co_return Checked(core::fail(std::move(value)));
    }
    co_return Checked(Reply());
  }
  core::Task<core::Result<void>> watch(Call& call) {
    const Reply word;
    auto written = co_await call.write(word);
    if (!written) co_return written;
    co_return co_await sleep();
  }
  core::Task<core::Result<void>> sleep() {
    ++waiting_;
    auto slept = co_await core::SleepUntil(test_.clock.moment() + std::chrono::hours(1));
    if (!slept) interruption_ = slept.error().fault;
    co_return slept;
  }

  static std::string json_call(std::string_view path, std::string_view body, std::string_view more = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
           std::string(more) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  static Http2Client::Fields grpc(Http2Client::Fields more = {}) {
    more.insert(more.begin(), {{"content-type", "application/grpc"}, {"te", "trailers"}});
    return more;
  }
  static std::string about(std::string_view service) {
    health::HealthCheckRequest request;
    request.set_service(std::string(service));
    return enveloped(request.SerializeAsString());
  }
  Http2Client http2() { return Http2Client(test_.server.endpoint().port); }
  void let_time_pass_once_it_waits(std::chrono::milliseconds time) {
    ASSERT_TRUE(eventually([&] { return waiting_ > 0; }));
    test_.pass(time);
  }

  std::atomic<int> waiting_ = 0;
  std::atomic<std::optional<core::Fault>> interruption_;
  std::shared_ptr<core::Handover<int>> hung_;
  const std::vector<const google::protobuf::ServiceDescriptor*> described_{Reply::descriptor()->file()->service(0)};
  const MethodTable table_{described_};
  Services services_{table_.methods(), {.message_bytes = 1024}};
  ServerUnderTest test_{{}, 1, {}, error_format_of};
};

TEST_F(CallOverServer, AnswersOverEitherHttp) {
  const auto connect = test_.connect().ask(json_call(check_path, "{}"));
  EXPECT_EQ(connect.status, 200);
  EXPECT_EQ(connect.body, "{}");

  const auto grpc_answer = http2().post(std::string(check_path), about(""), grpc());
  EXPECT_EQ(grpc_answer.body, enveloped(""));
  EXPECT_EQ(grpc_answer.trailers.at("grpc-status"), "0");
  EXPECT_FALSE(grpc_answer.fields.contains("grpc-status"));
}

TEST_F(CallOverServer, EndsAUnaryCallWhenItsClientHasWaitedLongEnough) {
  auto client = http2();
  const auto stream =
      client.begin("POST", std::string(check_path), Http2Client::Body::open, grpc({{"grpc-timeout", "200m"}}));
  client.send_body(stream, about("sleep"));
  let_time_pass_once_it_waits(std::chrono::seconds(1));

  const auto answer = client.answer(stream);

  EXPECT_EQ(answer.fields.at("grpc-status"), "4");
  EXPECT_EQ(interruption_.load(), core::Fault::deadline_exceeded);
}

TEST_F(CallOverServer, AnswersForAHandlerThatDoesNotHearOfTheEndOfItsTime) {
  auto client = test_.connect();
  client.send(json_call(check_path, R"({"service":"hang"})", "Connect-Timeout-Ms: 200\r\n"));
  let_time_pass_once_it_waits(std::chrono::seconds(1));
  test_.pass(std::chrono::seconds(1));

  const auto answer = client.answer();

  hung_->complete(1);
  EXPECT_EQ(answer.status, 504);
  EXPECT_TRUE(answer.body.starts_with(R"({"code":"deadline_exceeded")")) << answer.body;
}

TEST_F(CallOverServer, EndsAStreamInItsOwnWayWhenItsTimeIsOver) {
  auto client = http2();
  const auto stream =
      client.begin("POST", std::string(watch_path), Http2Client::Body::open, grpc({{"grpc-timeout", "30S"}}));
  client.send_body(stream, about(""));
  let_time_pass_once_it_waits(std::chrono::seconds(20));  // longer than a request may take
  test_.pass(std::chrono::seconds(20));

  const auto answer = client.answer(stream);

  EXPECT_EQ(answer.body, enveloped(""));
  EXPECT_EQ(answer.trailers.at("grpc-status"), "4");
  EXPECT_EQ(answer.error, 0);
}

TEST_F(CallOverServer, EndsAConnectStreamOverHttp1WithItsLastMessage) {
  auto client = test_.connect();
  client.send("POST " + std::string(watch_path) +
              " HTTP/1.1\r\nHost: a\r\nContent-Type: application/connect+json\r\nConnect-Timeout-Ms: 200\r\n"
              "Content-Length: 7\r\n\r\n" +
              enveloped("{}"));
  let_time_pass_once_it_waits(std::chrono::seconds(1));

  const auto answer = client.answer();

  EXPECT_TRUE(answer.is_whole);
  const auto sent = envelopes_in(answer.body);
  ASSERT_EQ(sent.size(), 2);
  EXPECT_EQ(sent[1].flags, end_of_stream_flag);
  EXPECT_TRUE(sent[1].payload.contains(R"("code":"deadline_exceeded")")) << sent[1].payload;
}

TEST_F(CallOverServer, EndsAConnectStreamOverHttp2WithItsLastMessage) {
  auto client = http2();
  const auto stream = client.begin("POST", std::string(watch_path), Http2Client::Body::open,
                                   {{"content-type", "application/connect+proto"}, {"connect-timeout-ms", "200"}});
  client.send_body(stream, about(""));
  let_time_pass_once_it_waits(std::chrono::seconds(1));

  const auto answer = client.answer(stream);

  const auto sent = envelopes_in(answer.body);
  ASSERT_EQ(sent.size(), 2);
  EXPECT_EQ(sent[1].flags, end_of_stream_flag);
  EXPECT_TRUE(sent[1].payload.contains(R"("code":"deadline_exceeded")")) << sent[1].payload;
}

TEST_F(CallOverServer, StopsAHandlerWhoseClientHasGone) {
  auto client = http2();
  const auto stream = client.begin("POST", std::string(check_path), Http2Client::Body::open, grpc());
  client.send_body(stream, about("sleep"));
  ASSERT_TRUE(eventually([&] { return waiting_ > 0; }));

  client.reset(stream, 8);  // CANCEL

  EXPECT_TRUE(eventually([&] { return interruption_.load() == core::Fault::cancelled; }));
}

TEST_F(CallOverServer, RefusesALargeMessageInTheCallsOwnWords) {
  const auto connect = test_.connect().ask(json_call(check_path, std::string(2000, ' ')));
  EXPECT_EQ(connect.status, 429);
  EXPECT_TRUE(connect.body.starts_with(R"({"code":"resource_exhausted")")) << connect.body;

  const auto grpc_answer = http2().post(std::string(check_path), about(std::string(2000, 'a')), grpc());
  EXPECT_EQ(grpc_answer.fields.at("grpc-status"), "8");
}

}  // namespace
}  // namespace sallyport::transport::rpc
