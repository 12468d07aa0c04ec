#include "transport/rpc/wire.h"

#include <algorithm>
#include <array>
#include <utility>

#include "transport/http1/header_field.h"

namespace sallyport::transport::rpc {
namespace {

constexpr std::array wires = std::to_array<Wire>({
    {"application/grpc", Protocol::grpc, Codec::protobuf},
    {"application/grpc+proto", Protocol::grpc, Codec::protobuf},
    {"application/grpc+json", Protocol::grpc, Codec::json},
    {"application/grpc-web", Protocol::grpc_web, Codec::protobuf},
    {"application/grpc-web+proto", Protocol::grpc_web, Codec::protobuf},
    {"application/grpc-web+json", Protocol::grpc_web, Codec::json},
    {"application/grpc-web-text", Protocol::grpc_web_text, Codec::protobuf},
    {"application/grpc-web-text+proto", Protocol::grpc_web_text, Codec::protobuf},
    {"application/proto", Protocol::connect_unary, Codec::protobuf},
    {"application/json", Protocol::connect_unary, Codec::json},
    {"application/connect+proto", Protocol::connect_stream, Codec::protobuf},
    {"application/connect+json", Protocol::connect_stream, Codec::json},
});

}  // namespace

std::span<const Wire> all_wires() { return wires; }

const Wire* find_wire(std::string_view content_type) {
  const auto type = http1::trim_ows(content_type.substr(0, content_type.find(';')));
  const auto found =
      std::ranges::find_if(wires, [&](const Wire& wire) { return http1::equals_ignoring_case(wire.media_type, type); });
  return found == wires.end() ? nullptr : &*found;
}

const Wire& connect_wire(Codec codec) {
  return *std::ranges::find_if(
      wires, [&](const Wire& wire) { return wire.protocol == Protocol::connect_unary && wire.codec == codec; });
}

std::string_view acceptable_media_types(Shape shape) {
  switch (shape) {
    case Shape::unary:
      return "application/grpc, application/grpc+proto, application/grpc+json, application/grpc-web, "
             "application/grpc-web+proto, application/grpc-web+json, application/grpc-web-text, "
             "application/grpc-web-text+proto, application/proto, application/json";
    case Shape::stream:
      return "application/grpc, application/grpc+proto, application/grpc+json, application/grpc-web, "
             "application/grpc-web+proto, application/grpc-web+json, application/grpc-web-text, "
             "application/grpc-web-text+proto, application/connect+proto, application/connect+json";
  }
  std::unreachable();
}

bool has_trailers(const Exchange& exchange) { return !exchange.protocol().starts_with("http/1"); }

bool names_method(std::string_view path) {
  if (!path.starts_with('/')) return false;
  const auto slash = path.find('/', 1);
  if (slash == std::string_view::npos || slash + 1 == path.size()) return false;
  const auto service = path.substr(1, slash - 1);
  const auto dot = service.find('.');
  return dot != std::string_view::npos && dot > 0 && path.find('/', slash + 1) == std::string_view::npos;
}

const Wire* wire_of(const Exchange& exchange) {
  if (is_safe(exchange.method())) {
    const bool is_get = exchange.method() == Method::get || exchange.method() == Method::head;
    return is_get && names_method(exchange.path()) ? &connect_wire(Codec::json) : nullptr;
  }
  const auto* const wire = find_wire(exchange.header("content-type").value_or(""));
  if (wire == nullptr || wire->protocol != Protocol::connect_unary) return wire;
  // A bare message is a call only where calls are made, or where its sender says so.
  const bool is_call = names_method(exchange.path()) || exchange.header("connect-protocol-version").has_value();
  return is_call ? wire : nullptr;
}

}  // namespace sallyport::transport::rpc
