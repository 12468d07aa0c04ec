#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "transport/rpc/services.h"

namespace sallyport::transport::rpc {

/// `grpc.health.v1.Health`: whether calls are answered, for balancers. Every service that is served is as the whole
/// server is. Outlives the server.
class HealthService {
 public:
  /// What the server is: `ending` once calls that run are only waited for.
  enum class State { ready, not_ready, ending };

  /// `state` is asked on every loop.
  HealthService(const core::Clock& clock, std::function<State()> state) : clock_(clock), state_(std::move(state)) {}
  /// Adds its methods; `services` outlive this. What they serve when the first call comes is what there is.
  void add_to(Services& services);

 private:
  bool is_served(std::string_view service);
  core::Task<core::Result<void>> watch(Call& call, std::string service);

  const core::Clock& clock_;
  const std::function<State()> state_;
  const Services* services_ = nullptr;
  std::once_flag has_names_;
  std::set<std::string, std::less<>> names_;
};

}  // namespace sallyport::transport::rpc
