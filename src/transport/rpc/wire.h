#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "transport/exchange.h"

namespace sallyport::transport::rpc {

/// What a call looks like on the wire.
enum class Protocol : std::uint8_t {
  grpc,            ///< envelopes, status in HTTP/2 trailers
  grpc_web,        ///< envelopes, status in one more of them
  grpc_web_text,   ///< the same in base64
  connect_unary,   ///< the bare message, status in the HTTP status; POST, and GET for what changes nothing
  connect_stream,  ///< envelopes, status in one more of them, as JSON
};

/// How messages are written.
enum class Codec : std::uint8_t { protobuf, json };

/// A protocol with a codec, as one media type names both.
struct Wire {
  std::string_view media_type;  ///< a literal; the answer's is the same
  Protocol protocol;
  Codec codec;

  constexpr bool is_grpc_web() const { return protocol == Protocol::grpc_web || protocol == Protocol::grpc_web_text; }
  constexpr bool is_connect() const {
    return protocol == Protocol::connect_unary || protocol == Protocol::connect_stream;
  }
  constexpr bool is_enveloped() const { return protocol != Protocol::connect_unary; }
};

/// All there are, in a place that stays.
std::span<const Wire> all_wires();
/// The wire of a media type, whatever its letter case and parameters; null for any other.
const Wire* find_wire(std::string_view content_type);
/// Of a unary Connect call, which a GET names by `encoding`.
const Wire& connect_wire(Codec codec);

/// The media types that calls of a method may have, for `Accept-Post`.
enum class Shape : std::uint8_t { unary, stream };
std::string_view acceptable_media_types(Shape shape);

/// Whether the protocol below can carry trailers to the client: HTTP/2 can.
bool has_trailers(const Exchange& exchange);

/// Whether a path looks like that of an RPC method: "/package.Service/Method".
bool names_method(std::string_view path);

/// The wire of a request by what its head says: its media type, or that it is a Connect GET. Null for what is no call,
/// such as a POST of JSON to a path of REST.
const Wire* wire_of(const Exchange& exchange);

}  // namespace sallyport::transport::rpc
