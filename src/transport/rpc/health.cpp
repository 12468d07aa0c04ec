#include "transport/rpc/health.h"

#include <google/protobuf/descriptor.h>

#include "core/sleep.h"
#include "grpc/health/v1/health.pb.h"

namespace sallyport::transport::rpc {
namespace {

namespace health = ::grpc::health::v1;
using ServingStatus = health::HealthCheckResponse::ServingStatus;

/// How soon a watcher hears of a change, and how long it holds up the end of the server.
constexpr std::chrono::milliseconds watch_interval{500};

ServingStatus to_wire(HealthService::State state) {
  return state == HealthService::State::ready ? health::HealthCheckResponse::SERVING
                                              : health::HealthCheckResponse::NOT_SERVING;
}

health::HealthCheckResponse reply_of(ServingStatus status) {
  health::HealthCheckResponse reply;
  reply.set_status(status);
  return reply;
}

}  // namespace

void HealthService::add_to(Services& services) {
  services_ = &services;
  services.unary<health::HealthCheckRequest, health::HealthCheckResponse>(
      "grpc.health.v1.Health/Check",
      // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the services keep the lambda until the end
      [this](Call&, health::HealthCheckRequest request) -> core::Task<core::Result<health::HealthCheckResponse>> {
        using Checked = core::Result<health::HealthCheckResponse>;
        if (!is_served(request.service())) co_return Checked(core::fail(core::Fault::not_found, "service_not_found"));
        co_return Checked(reply_of(to_wire(state_())));
      });
  services.server_stream<health::HealthCheckRequest, health::HealthCheckResponse>(
      "grpc.health.v1.Health/Watch", [this](Call& call, health::HealthCheckRequest request) {
        return watch(call, std::move(*request.mutable_service()));
      });
}

bool HealthService::is_served(std::string_view service) {
  std::call_once(has_names_, [this] {
    names_.emplace();  // the whole server
    for (const auto* method : services_->served()) names_.insert(method->descriptor->service()->full_name());
  });
  return names_.contains(service);
}

core::Task<core::Result<void>> HealthService::watch(Call& call, std::string service) {
  const bool is_known = is_served(service);
  std::optional<ServingStatus> told;
  for (;;) {
    const auto state = state_();
    const auto status = is_known ? to_wire(state) : health::HealthCheckResponse::SERVICE_UNKNOWN;
    if (status != told) {
      auto written = co_await call.write(reply_of(status));
      if (!written) co_return written;
      told = status;
    }
    if (state == State::ending) co_return core::Result<void>(core::fail(core::Fault::unavailable, "shutting_down"));
    auto slept = co_await core::SleepUntil(clock_.moment() + watch_interval);
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::transport::rpc
