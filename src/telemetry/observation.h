#pragma once

#include "core/random.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "transport/pipeline.h"

namespace sallyport::telemetry {

/// The first and last step of every request: gives it an id, and once it is answered counts it by route and domain
/// outcome and writes its line to the log (probes and scrapes are counted only).
class Observation final : public transport::Middleware {
 public:
  Observation(Metrics& metrics, Log& log, const core::Clock& clock, core::Random& random);
  std::optional<Refusal> before_routing(transport::Exchange& exchange) override;
  std::string name_refused() override;
  void after(const transport::Exchange* exchange, const transport::Route* route,
             const transport::Response& response) override;

 private:
  Counter& counter_of(const transport::Route* route, std::string_view outcome);
  void write_line(const transport::Exchange* exchange, const transport::Route* route,
                  const transport::Response& response);

  Metrics& metrics_;
  Log& log_;
  const core::Clock& clock_;
  core::Random& random_;
  std::uint64_t number_;  ///< of this one among all of the process: what a thread remembers is of one of them
};

}  // namespace sallyport::telemetry
