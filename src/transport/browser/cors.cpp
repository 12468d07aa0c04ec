#include "transport/browser/cors.h"

#include <algorithm>

namespace sallyport::transport {
namespace {

constexpr std::string_view readable = "Retry-After, WWW-Authenticate, X-Request-Id";
/// What clients of gRPC-Web and Connect read besides, and the metadata of our own methods.
constexpr std::string_view readable_of_calls =
    "Connect-Accept-Encoding, Connect-Content-Encoding, Content-Encoding, Grpc-Accept-Encoding, Grpc-Encoding, "
    "Grpc-Message, Grpc-Status, Grpc-Status-Details-Bin, Retry-After, Sallyport-Device, Sallyport-Flow, "
    "WWW-Authenticate, X-Request-Id";
constexpr std::string_view sendable =
    "Accept-Language, Authorization, Connect-Accept-Encoding, Connect-Content-Encoding, Connect-Protocol-Version, "
    "Connect-Timeout-Ms, Content-Encoding, Content-Type, Grpc-Accept-Encoding, Grpc-Encoding, Grpc-Timeout, "
    "Idempotency-Key, Sallyport-Device, X-Grpc-Web, X-Request-Id, X-User-Agent, traceparent";
/// Browsers cut it to two hours or ten minutes; an origin that is no longer listed is forgotten as fast.
constexpr std::string_view preflight_age = "600";

/// Whether a page makes a call of gRPC-Web or Connect, by what its client sends; a GET says so in its query.
bool is_call(const Exchange& exchange) {
  const auto type = exchange.header("Content-Type").value_or("");
  return type.starts_with("application/grpc-web") || type.starts_with("application/connect+") ||
         exchange.header("Connect-Protocol-Version") || exchange.query().contains("connect=v1");
}

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
  exchange.add_answer_field("Access-Control-Expose-Headers", is_call(exchange) ? readable_of_calls : readable);
  return std::nullopt;
}

void Cors::on_options(const Exchange& exchange, std::string_view allowed, Response& response) {
  if (listed_origin(exchange).empty() || !exchange.header("Access-Control-Request-Method")) return;
  response.fields.push_back({"Access-Control-Allow-Methods", std::string(allowed)});
  response.fields.push_back({"Access-Control-Allow-Headers", std::string(sendable)});
  response.fields.push_back({"Access-Control-Max-Age", std::string(preflight_age)});
}

}  // namespace sallyport::transport
