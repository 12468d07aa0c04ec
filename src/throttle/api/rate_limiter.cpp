#include "throttle/api/rate_limiter.h"

#include <bit>

namespace sallyport::throttle::api {

using transport::RateClass;

RateLimiter::RateLimiter(const RateLimits& limits, const core::Clock& clock, core::Random& random) : clock_(clock) {
  const std::pair<RateClass, const std::optional<RateLimit>&> classes[] = {
      {RateClass::sign_in, limits.sign_in},
      {RateClass::registration, limits.registration},
      {RateClass::mail, limits.mail},
      {RateClass::other, limits.other}};
  for (const auto& [name, limit] : classes) {
    if (!limit) continue;
    const auto seed = std::bit_cast<std::uint64_t>(random.bytes<8>());
    tables_[static_cast<std::size_t>(name)] = std::make_unique<RateTable>(*limit, seed);
  }
}

std::optional<transport::Middleware::Refusal> RateLimiter::before_handler(transport::Exchange& exchange,
                                                                          const transport::Route& route) {
  const auto& table = tables_[static_cast<std::size_t>(route.rate)];
  if (table == nullptr || exchange.client().is_loopback()) return std::nullopt;
  const auto wait = table->ask(exchange.client().network(), clock_.moment().time_since_epoch());
  if (!wait) return std::nullopt;
  return Refusal{429,
                 {.fault = core::Fault::throttled,
                  .code = "rate_limited",
                  .retry_after = std::chrono::ceil<std::chrono::seconds>(*wait)}};
}

}  // namespace sallyport::throttle::api
