#include "app/operations.h"

#include "transport/rest/json_writer.h"

namespace sallyport::app {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Parameters;
using transport::Response;

namespace {

Task<Result<Response>> alive(Exchange&, const Parameters&) { co_return Response::json(200, R"({"status":"ok"})"); }

Task<Result<Response>> ready(const Readiness& readiness) {
  const auto missing = readiness();
  auto response = Response::json(missing.empty() ? 200 : 503, {});
  transport::rest::JsonWriter json(response.body);
  json.begin_object();
  json.member("status");
  json.text(missing.empty() ? "ready" : "not_ready");
  json.member("not_ready");
  json.begin_array();
  for (const auto part : missing) json.text(part);
  json.end_array();
  json.end_object();
  if (!missing.empty()) response.outcome = "not_ready";
  co_return response;
}

Task<Result<Response>> scrape(const telemetry::Metrics& metrics) {
  co_return Response{.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics.text()};
}

}  // namespace

void add_operation_routes(transport::Router& router, const telemetry::Metrics& metrics, Readiness readiness) {
  const auto route = [&](std::string pattern, transport::Handler handler) {
    router.add({.method = transport::Method::get,
                .pattern = std::move(pattern),
                .handler = std::move(handler),
                .logged = transport::Logged::no,
                .rate = transport::RateClass::unlimited});
  };
  route("/health", alive);
  route("/health/live", alive);
  route("/health/ready", [readiness = std::move(readiness)](Exchange&, const Parameters&) { return ready(readiness); });
  route("/metrics", [&metrics](Exchange&, const Parameters&) { return scrape(metrics); });
}

}  // namespace sallyport::app
