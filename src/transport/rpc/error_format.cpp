#include "transport/rpc/error_format.h"

#include "transport/rpc/outgoing.h"

namespace sallyport::transport::rpc {
namespace {

class WireErrors final : public ErrorFormat {
 public:
  explicit WireErrors(const Wire& wire) : wire_(wire) {}
  Response encode(int status, const core::Error& error, std::string_view request_id) const override {
    auto response = whole_answer(wire_, status_of(status, error, request_id), {}, {});
    // What only HTTP can say (405 with Allow, 415, 421) stays said where the protocol leaves the status to HTTP.
    if (wire_.protocol == Protocol::connect_unary && (status == 404 || status == 405 || status == 415 || status == 421))
      response.status = status;
    return response;
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
