#include "telemetry/observation.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>

namespace sallyport::telemetry {
namespace {

constexpr std::size_t max_request_id = 64;

/// An id from outside is kept if it can do no harm in a log or a header.
bool is_harmless(std::string_view id) {
  return !id.empty() && id.size() <= max_request_id && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

std::string fresh_id(core::Random& random) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string id(16, '\0');
  auto digit = id.begin();
  for (const auto byte : random.bytes<8>()) {
    *digit++ = hex[byte >> 4];
    *digit++ = hex[byte & 15];
  }
  return id;
}

/// The network a client is in: enough to see an attack by, too little to be somebody's address.
std::string network_text(const transport::Address& client) {
  const auto ip = client.ip();
  if (const auto dot = ip.rfind('.'); dot != std::string::npos) return ip.substr(0, dot) + ".0/24";
  std::array<std::uint8_t, 16> bytes = client.bytes();
  std::string text;
  for (std::size_t i = 0; i < 8; i += 2) {
    static constexpr std::string_view hex = "0123456789abcdef";
    for (const auto byte : {bytes[i], bytes[i + 1]}) (text += hex[byte >> 4]) += hex[byte & 15];
    text += ':';
  }
  return text + ":/64";
}

/// The trace id of a W3C traceparent header (https://www.w3.org/TR/trace-context/ §3.2), or nothing.
std::string_view trace_id(std::string_view traceparent) {
  if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-') return {};
  const auto id = traceparent.substr(3, 32);
  const bool is_hex = std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return is_hex ? id : std::string_view{};
}

struct CounterKey {
  const transport::Route* route;
  const char* outcome;  ///< a literal's address: outcomes are literals
  bool operator==(const CounterKey&) const = default;
};
struct CounterKeyHash {
  std::size_t operator()(const CounterKey& key) const {
    return std::hash<const void*>{}(key.route) ^ std::hash<const void*>{}(key.outcome) << 1;
  }
};

}  // namespace

Observation::Observation(Metrics& metrics, Log& log, const core::Clock& clock, core::Random& random)
    : metrics_(metrics), log_(log), clock_(clock), random_(random) {
  static std::atomic<std::uint64_t> last = 0;
  number_ = ++last;
}

std::optional<transport::Middleware::Refusal> Observation::before_routing(transport::Exchange& exchange) {
  const auto given = exchange.header("X-Request-Id");
  exchange.set_request_id(given && is_harmless(*given) ? std::string(*given) : fresh_id(random_));
  return std::nullopt;
}

std::string Observation::name_refused() { return fresh_id(random_); }

Counter& Observation::counter_of(const transport::Route* route, std::string_view outcome) {
  // Each loop remembers where its counters are: the registry's own look-up takes a lock and builds label maps.
  struct Known {
    std::uint64_t owner = 0;
    std::unordered_map<CounterKey, Counter*, CounterKeyHash> counters;
  };
  thread_local Known known;
  if (known.owner != number_) known = {.owner = number_, .counters = {}};  // another server in the same process
  auto& counter = known.counters[{route, outcome.data()}];
  if (counter == nullptr) {
    counter = &metrics_.counter("sallyport_requests_total", "Requests by route and domain outcome.",
                                {{"method", route != nullptr ? std::string(to_text(route->method)) : "none"},
                                 {"route", route != nullptr ? route->pattern : "none"},
                                 {"outcome", std::string(outcome)}});
  }
  return *counter;
}

void Observation::after(const transport::Exchange* exchange, const transport::Route* route,
                        const transport::Response& response) {
  counter_of(route, response.outcome).increment();
  const bool is_worth_a_line = route == nullptr || route->logged == transport::Logged::yes;
  if (is_worth_a_line) write_line(exchange, route, response);
}

void Observation::write_line(const transport::Exchange* exchange, const transport::Route* route,
                             const transport::Response& response) {
  const int status = response.status_for_log();
  // What is not there (501) is no failure of ours.
  const auto level = status >= 500 && status != 501 ? Level::error : Level::info;
  LogLine line(clock_.now(), level, "request");
  // The pattern, never the path: a path or query may hold what must not be logged.
  if (exchange != nullptr && !exchange->request_id().empty()) {
    line.text("request_id", exchange->request_id());
  } else {
    for (const auto& [name, value] : response.fields) {
      if (name == "X-Request-Id") line.text("request_id", value);
    }
  }
  if (exchange != nullptr) {
    line.text("trace_id", trace_id(exchange->header("traceparent").value_or("")))
        .text("protocol", exchange->protocol())
        .text("method", to_text(exchange->method()));
  }
  line.text("route", route != nullptr ? std::string_view(route->pattern) : "none");
  line.number("status", status).text("outcome", response.outcome);
  if (exchange != nullptr) {
    line.milliseconds("duration_ms", clock_.moment() - exchange->began())
        .text("client_network", network_text(exchange->client()))
        .text("account", exchange->account() ? exchange->account()->str() : std::string());
  }
  line.text("detail", response.log_detail);
  log_.write(std::move(line));
}

}  // namespace sallyport::telemetry
