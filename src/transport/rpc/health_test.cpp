#include "transport/rpc/health.h"

#include <gtest/gtest.h>

#include "grpc/health/v1/health.pb.h"
#include "transport/rpc/conversation_for_test.h"

namespace sallyport::transport::rpc {
namespace {

namespace pb = ::grpc::health::v1;
using Reply = pb::HealthCheckResponse;
using State = HealthService::State;

class HealthTest : public testing::Test, protected Conversation {
 protected:
  HealthTest() {
    health_.add_to(services_);
    services_.mount(router);
  }
  static FakeExchange::Request about(std::string_view method, std::string_view service) {
    pb::HealthCheckRequest request;
    request.set_service(std::string(service));
    return call("grpc.health.v1.Health/" + std::string(method), "application/grpc",
                enveloped(request.SerializeAsString()));
  }
  static std::vector<Reply::ServingStatus> statuses(const FakeExchange& exchange) {
    std::vector<Reply::ServingStatus> all;
    for (const auto& envelope : envelopes_in(exchange.answer.body)) {
      Reply reply;
      reply.ParseFromArray(envelope.payload.data(), static_cast<int>(envelope.payload.size()));
      all.push_back(reply.status());
    }
    return all;
  }

  State state_ = State::ready;
  const std::vector<const google::protobuf::ServiceDescriptor*> described_{Reply::descriptor()->file()->service(0)};
  const MethodTable table_{described_};
  Services services_{table_.methods(), {}};
  HealthService health_{clock, [this] { return state_; }};
};

TEST_F(HealthTest, SaysHowTheServerIs) {
  EXPECT_EQ(statuses(ask(about("Check", ""))), std::vector{Reply::SERVING});
  EXPECT_EQ(statuses(ask(about("Check", "grpc.health.v1.Health"))), std::vector{Reply::SERVING});
  state_ = State::not_ready;
  EXPECT_EQ(statuses(ask(about("Check", ""))), std::vector{Reply::NOT_SERVING});
}

TEST_F(HealthTest, KnowsNoServiceThatIsNotServed) {
  EXPECT_EQ(field_of(ask(about("Check", "a.B")).answer.fields, "grpc-status"), "5");
  EXPECT_EQ(statuses(ask(about("Watch", "a.B"))), std::vector{Reply::SERVICE_UNKNOWN});
  EXPECT_FALSE(is_done);
  turn().context().interrupt(core::Fault::cancelled);
  turn();
}

TEST_F(HealthTest, TellsAWatcherOfEachChangeAndEndsWithTheServer) {
  ask(about("Watch", ""));
  const auto later = [this](State state) -> FakeExchange& {
    state_ = state;
    clock.advance(std::chrono::seconds(1));
    return turn();
  };

  EXPECT_EQ(statuses(later(State::ready)), std::vector{Reply::SERVING});
  EXPECT_EQ(statuses(later(State::not_ready)), (std::vector{Reply::SERVING, Reply::NOT_SERVING}));
  EXPECT_FALSE(is_done);

  const auto& exchange = later(State::ending);
  EXPECT_TRUE(is_done);
  EXPECT_EQ(statuses(exchange).size(), 2);
  EXPECT_EQ(field_of(exchange.answer.trailers, "grpc-status"), "14");
}

TEST_F(HealthTest, IsAskedWithoutALogLineOrABudget) {
  for (const auto& route : router.routes()) {
    EXPECT_EQ(route->logged, Logged::no);
    EXPECT_EQ(route->rate, RateClass::unlimited);
  }
}

}  // namespace
}  // namespace sallyport::transport::rpc
