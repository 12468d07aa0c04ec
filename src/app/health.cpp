#include "app/health.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/parse.hpp>
#include <csignal>

#include "app/config_origin.h"
#include "app/config_sources.h"
#include "app/http_probe.h"
#include "app/protection.h"
#include "transport/rest/json_writer.h"

namespace sallyport::app {
namespace {

constexpr std::chrono::seconds patience{3};

/// What a server that trusts `peer` as a proxy wants before the request: that this is nobody else's (the PROXY
/// protocol, §2.1 UNKNOWN, §2.2 LOCAL).
std::string_view own_preamble(const transport::ProxyRules& proxies, const transport::Address& peer) {
  using namespace std::string_view_literals;
  if (!contains(proxies.trusted, peer)) return {};
  if (proxies.header == transport::ProxyHeader::proxy_v1) return "PROXY UNKNOWN\r\n"sv;
  if (proxies.header == transport::ProxyHeader::proxy_v2) return "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv;
  return {};
}

/// Where a server that listens on `endpoint` is reached from this machine. Listening on all addresses is listening on
/// loopback too, which is served in any configuration.
ProbeTarget local_target(const Config& config) {
  const auto& endpoint = config.listen;
  auto reached = endpoint;
  const auto ip = endpoint.address.ip();
  if (ip == "0.0.0.0" || ip == "::")
    reached =
        transport::Endpoint::parse(fmt::format("{}:{}", ip == "::" ? "[::1]" : "127.0.0.1", endpoint.address.port()))
            .value_or(endpoint);
  return {.host = reached.address.ip(),
          .port = reached.address.port(),
          .authority = reached.str(),
          .preamble = own_preamble(config.proxies, reached.address),  // which we connect from as well as to
          .wire = is_tls_required(config) ? ProbeWire::tls : ProbeWire::plain};
}

core::Result<ProbeTarget> target_of(const Config& config, const std::optional<std::string>& url) {
  if (!url) return local_target(config);
  const auto origin = Origin::parse(*url);
  if (!origin) {
    return std::unexpected(core::Error{.fault = core::Fault::invalid,
                                       .code = "url_malformed",
                                       .log_detail = "--url must be an origin such as http://127.0.0.1:8080, in lower "
                                                     "case, without path"});
  }
  return ProbeTarget{.host = origin->host,
                     .port = origin->port,
                     .authority = url->substr(url->find("://") + 3),
                     .wire = origin->scheme == Origin::Scheme::https ? ProbeWire::checked_tls : ProbeWire::plain};
}

/// The parts that a server says are not ready; what is behind a proxy may say something else altogether.
std::vector<std::string> parts_of(std::string_view body) {
  boost::system::error_code malformed;
  const auto parsed = boost::json::parse({body.data(), body.size()}, malformed);
  const auto* const document = malformed ? nullptr : parsed.if_object();
  const auto* const listed = document == nullptr ? nullptr : document->if_contains("not_ready");
  const auto* const array = listed == nullptr ? nullptr : listed->if_array();
  std::vector<std::string> parts;
  if (array == nullptr) return parts;
  for (const auto& part : *array) {
    if (part.is_string()) parts.push_back(printable(part.get_string()));
  }
  return parts;
}

std::string json_of(const ProbeTarget& target, const ProbeAnswer& answer, const std::vector<std::string>& parts) {
  std::string line;
  transport::rest::JsonWriter json(line);
  json.begin_object();
  json.member("server");
  json.text(target.authority);
  json.member("is_ready");
  json.boolean(answer.status == 200);
  json.member("http_status");
  json.integer(answer.status);
  json.member("not_ready");
  json.begin_array();
  for (const auto& part : parts) json.text(part);
  json.end_array();
  json.end_object();
  return line + '\n';
}

std::string text_of(const ProbeTarget& target, const ProbeAnswer& answer, const std::vector<std::string>& parts) {
  if (answer.status == 200) return fmt::format("{} is ready\n", target.authority);
  if (!parts.empty()) return fmt::format("{} is not ready: {}\n", target.authority, fmt::join(parts, ", "));
  return fmt::format("{} is not ready: it answered with status {}\n", target.authority, answer.status);
}

}  // namespace

int run_health(const Config& config, const std::optional<std::string>& url, Output output) {
  const auto target = target_of(config, url);
  if (!target) return complain(target.error(), output);
  std::signal(SIGPIPE, SIG_IGN);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  auto answer = probe(*target, "/health/ready", deadline);
  if (!answer) {
    answer.error().log_detail.insert(0, "no server answers at " + target->authority + ": ");
    return complain(answer.error(), output);
  }
  const auto parts = parts_of(answer->body);
  print(output == Output::json ? json_of(*target, *answer, parts) : text_of(*target, *answer, parts));
  return answer->status == 200 ? 0 : 1;
}

}  // namespace sallyport::app
