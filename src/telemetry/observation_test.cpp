#include "telemetry/observation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "core/fake_clock.h"
#include "core/fake_random.h"

namespace sallyport::telemetry {
namespace {

transport::Route route_of(std::string pattern) {
  return {.method = transport::Method::get, .pattern = std::move(pattern), .handler = {}};
}

/// An observation whose log goes nowhere.
struct Observed {
  core::FakeClock clock;
  core::FakeRandom random;
  Metrics metrics;
  Log log{-1};
  Observation observation{metrics, log, clock, random};
};

TEST(Observation, CountsByRouteAndOutcome) {
  Observed observed;
  const auto route = route_of("/v1/things/{id}");

  for (int i = 0; i < 3; ++i) observed.observation.after(nullptr, &route, {.status = 401, .outcome = "locked"});
  observed.observation.after(nullptr, nullptr, {.status = 404, .outcome = "not_found"});

  const auto text = observed.metrics.text();
  EXPECT_NE(text.find(R"(sallyport_requests_total{method="GET",outcome="locked",route="/v1/things/{id}"} 3)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(sallyport_requests_total{method="none",outcome="not_found",route="none"} 1)"),
            std::string::npos);
}

TEST(Observation, ASecondServerOfTheProcessCountsForItself) {
  const auto route = route_of("/shared");
  for (int i = 0; i < 2; ++i) {
    Observed observed;
    observed.observation.after(nullptr, &route, {.outcome = "ok"});
    EXPECT_NE(observed.metrics.text().find(R"(route="/shared"} 1)"), std::string::npos);
  }
}

TEST(Metrics, ReadsGaugesWhenScraped) {
  Metrics metrics;
  double value = 1;
  metrics.gauge("sallyport_test_things", "Things.", [&value] { return value; });
  value = 7;

  EXPECT_NE(metrics.text().find("sallyport_test_things 7"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::telemetry
