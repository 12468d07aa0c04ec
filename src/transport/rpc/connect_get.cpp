#include "transport/rpc/connect_get.h"

#include <array>
#include <optional>

#include "transport/http1/uri.h"
#include "transport/rpc/base64.h"

namespace sallyport::transport::rpc {
namespace {

struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value{};
};

/// As `http1::percent_decode_query`, but of bytes: a message may hold a NUL.
bool decode_bytes(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = text.size() - i > 2 ? http1::hex_value(text[i + 1]) : -1;
    const int low = text.size() - i > 2 ? http1::hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return true;
}

}  // namespace

core::Result<ConnectGet> parse_connect_get(std::string_view query) {
  const auto malformed = [] { return core::fail(core::Fault::malformed, "message_malformed"); };
  std::array<Parameter, 5> known{{{"message"}, {"encoding"}, {"base64"}, {"compression"}, {"connect"}}};
  bool is_repeated = false;
  http1::for_each_query_parameter(query, [&](std::string_view name, std::string_view value) {
    for (auto& parameter : known) {
      if (parameter.name != name) continue;
      is_repeated |= parameter.value.has_value();
      parameter.value = value;
    }
  });
  const auto& [message, encoding, base64, compression, version] = known;
  if (is_repeated || !message.value || !encoding.value) return malformed();
  if (version.value && *version.value != "v1") return malformed();
  if (*encoding.value != "proto" && *encoding.value != "json")
    return core::fail(core::Fault::invalid, "unsupported_media_type");

  ConnectGet get{.codec = *encoding.value == "json" ? Codec::json : Codec::protobuf,
                 .message = {},
                 .compression = compression.value.value_or("")};
  if (!decode_bytes(*message.value, get.message)) return malformed();
  if (base64.value != "1") return get;
  auto decoded = decode_base64(get.message);
  if (!decoded) return malformed();
  get.message = std::move(*decoded);
  return get;
}

}  // namespace sallyport::transport::rpc
