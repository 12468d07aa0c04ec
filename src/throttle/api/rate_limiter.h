#pragma once

#include <array>
#include <memory>

#include "core/clock.h"
#include "core/random.h"
#include "throttle/rate_limits.h"
#include "throttle/rate_table.h"
#include "transport/pipeline.h"

namespace sallyport::throttle::api {

/// Refuses what a client network asks too often, by class of route, before the handler is called: 429 "rate_limited"
/// with `retry_after`. Clients on this machine are never refused: without `proxy.header` they may be a proxy, behind
/// which are all.
class RateLimiter final : public transport::Middleware {
 public:
  /// `clock` outlives it.
  RateLimiter(const RateLimits& limits, const core::Clock& clock, core::Random& random);
  std::optional<Refusal> before_handler(transport::Exchange& exchange, const transport::Route& route) override;

 private:
  const core::Clock& clock_;
  std::array<std::unique_ptr<RateTable>, transport::rate_class_count> tables_;  ///< null: unlimited
};

}  // namespace sallyport::throttle::api
