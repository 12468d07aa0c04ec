#include "transport/proxy/client_address.h"

#include "transport/proxy/forwarding.h"

namespace sallyport::transport {

std::optional<Middleware::Refusal> ClientAddress::before_routing(Exchange& exchange) {
  if (!contains(rules_.trusted, exchange.peer())) return std::nullopt;
  std::vector<std::string_view> lines;
  exchange.each_header(
      rules_.header == ProxyHeader::forwarded ? "Forwarded" : "X-Forwarded-For",
      [](void* context, std::string_view line) {
        static_cast<std::vector<std::string_view>*>(context)->push_back(line);
      },
      &lines);
  exchange.set_client(client_behind(exchange.peer(), rules_.header, lines, rules_.trusted));
  return std::nullopt;
}

}  // namespace sallyport::transport
