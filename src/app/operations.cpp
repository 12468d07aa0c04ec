#include "app/operations.h"

#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::app {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Parameters;
using transport::Response;

struct HealthAnswer {
  std::string status;
  static constexpr transport::rest::JsonNote notes[] = {{"status", "", "", "ok", {"ok"}}};
};
BOOST_DESCRIBE_STRUCT(HealthAnswer, (), (status))

struct ReadinessAnswer {
  std::string status;
  std::vector<std::string> not_ready;
  static constexpr transport::rest::JsonNote notes[] = {
      {"status", "", "", "ready", {"ready", "not_ready"}},
      {"not_ready", "Which parts are not: `store`, or `shutting_down`. Empty when all are."}};
};
BOOST_DESCRIBE_STRUCT(ReadinessAnswer, (), (status, not_ready))

namespace {

Task<Result<Response>> alive(Exchange&, const Parameters&) {
  co_return transport::rest::json_answer(200, HealthAnswer{.status = "ok"});
}

Task<Result<Response>> ready(const Readiness& readiness) {
  const auto missing = readiness();
  ReadinessAnswer answer{.status = missing.empty() ? "ready" : "not_ready", .not_ready = {}};
  for (const auto part : missing) answer.not_ready.emplace_back(part);
  auto response = transport::rest::json_answer(missing.empty() ? 200 : 503, answer);
  if (!missing.empty()) response.outcome = "not_ready";
  co_return response;
}

Task<Result<Response>> scrape(const telemetry::Metrics& metrics) {
  co_return Response{.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics.text()};
}

using transport::RouteDescription;
using transport::RouteGroup;
using transport::rest::json_schema;

constexpr RouteDescription health_described{
    .name = "get_health",
    .group = RouteGroup::operations,
    .summary = "Whether the server answers",
    .answers = {{.status = 200, .text = "It does.", .document = &json_schema<HealthAnswer>}}};

constexpr RouteDescription live_described{
    .name = "get_liveness",
    .group = RouteGroup::operations,
    .summary = "Whether the server answers, for probes",
    .answers = {{.status = 200, .text = "It does.", .document = &json_schema<HealthAnswer>}}};

constexpr RouteDescription ready_described{
    .name = "get_readiness",
    .group = RouteGroup::operations,
    .summary = "Whether the server can do its work",
    .answers = {{.status = 200, .text = "It can.", .document = &json_schema<ReadinessAnswer>},
                {.status = 503, .text = "It cannot.", .document = &json_schema<ReadinessAnswer>}}};

constexpr RouteDescription metrics_described{
    .name = "get_metrics",
    .group = RouteGroup::operations,
    .summary = "Counters for Prometheus",
    .answers = {{.status = 200, .text = "In Prometheus' text format.", .media_type = "text/plain"}}};

}  // namespace

void add_operation_routes(transport::Router& router, const telemetry::Metrics& metrics, Readiness readiness) {
  const auto route = [&](std::string pattern, transport::Handler handler, const RouteDescription& description) {
    router.add({.method = transport::Method::get,
                .pattern = std::move(pattern),
                .handler = std::move(handler),
                .logged = transport::Logged::no,
                .rate = transport::RateClass::unlimited,
                .description = &description});
  };
  route("/health", alive, health_described);
  route("/health/live", alive, live_described);
  route(
      "/health/ready", [readiness = std::move(readiness)](Exchange&, const Parameters&) { return ready(readiness); },
      ready_described);
  route("/metrics", [&metrics](Exchange&, const Parameters&) { return scrape(metrics); }, metrics_described);
}

}  // namespace sallyport::app
