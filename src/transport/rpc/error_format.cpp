#include "transport/rpc/error_format.h"

#include <vector>

#include "transport/pipeline.h"
#include "transport/rpc/outgoing.h"

namespace sallyport::transport::rpc {
namespace {

class WireErrors final : public ErrorFormat {
 public:
  explicit WireErrors(const Wire& wire) : wire_(wire) {}
  Response encode(int status, const core::Error& error, std::string_view request_id) const override {
    // What HTTP alone says (404 of a path, 405 with Allow, 415, 421), a client of bare messages takes from the status.
    const bool is_of_http = status == 405 || status == 415 || status == 421 || error.code == "not_found";
    if (wire_.protocol == Protocol::connect_unary && is_of_http) return problem_response(status, error, request_id);
    return whole_answer(wire_, status_of(status, error, request_id), {}, {});
  }

 private:
  const Wire& wire_;
};

}  // namespace

const ErrorFormat* error_format_of(const Exchange& exchange) {
  const auto* const wire = wire_of(exchange);
  // Without HTTP/2 there are no trailers, and whoever sent this is no gRPC client.
  if (wire == nullptr || (wire->protocol == Protocol::grpc && !has_trailers(exchange))) return nullptr;
  static const auto formats = [] {
    std::vector<WireErrors> made;
    for (const auto& each : all_wires()) made.emplace_back(each);
    return made;
  }();
  return &formats[static_cast<std::size_t>(wire - all_wires().data())];
}

}  // namespace sallyport::transport::rpc
