#include "transport/browser/cors.h"

#include <algorithm>

namespace sallyport::transport {
namespace {

constexpr std::string_view readable = "Retry-After, WWW-Authenticate, X-Request-Id";
constexpr std::string_view sendable =
    "Accept-Language, Authorization, Content-Type, Idempotency-Key, X-Request-Id, traceparent";
/// Browsers cut it to two hours or ten minutes; an origin that is no longer listed is forgotten as fast.
constexpr std::string_view preflight_age = "600";

}  // namespace

std::string_view Cors::listed_origin(const Exchange& exchange) const {
  const auto origin = exchange.header("Origin");
  if (!origin) return {};
  const auto listed = std::ranges::find(origins_, *origin);
  return listed == origins_.end() ? std::string_view{} : std::string_view(*listed);
}

std::optional<Middleware::Refusal> Cors::before_routing(Exchange& exchange) {
  exchange.add_answer_field("Vary", "Origin");  // also where there is none: a cache must not give that to one that has
  const auto origin = listed_origin(exchange);
  if (origin.empty()) return std::nullopt;
  exchange.add_answer_field("Access-Control-Allow-Origin", origin);
  exchange.add_answer_field("Access-Control-Allow-Credentials", "true");
  exchange.add_answer_field("Access-Control-Expose-Headers", readable);
  return std::nullopt;
}

void Cors::on_options(const Exchange& exchange, std::string_view allowed, Response& response) {
  if (listed_origin(exchange).empty() || !exchange.header("Access-Control-Request-Method")) return;
  response.fields.push_back({"Access-Control-Allow-Methods", std::string(allowed)});
  response.fields.push_back({"Access-Control-Allow-Headers", std::string(sendable)});
  response.fields.push_back({"Access-Control-Max-Age", std::string(preflight_age)});
}

}  // namespace sallyport::transport
