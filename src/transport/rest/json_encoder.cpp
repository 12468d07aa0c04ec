#include "transport/rest/json_encoder.h"

#include <utility>

#include "transport/rest/json_writer.h"

namespace sallyport::transport::rest {

namespace {

void encode(JsonWriter& writer, const JsonNode& node, const void* value) {
  switch (node.kind) {
    case JsonKind::text:
      return writer.text(*static_cast<const std::string*>(value));
    case JsonKind::boolean:
      return writer.boolean(*static_cast<const bool*>(value));
    case JsonKind::int32:
      return writer.integer(*static_cast<const std::int32_t*>(value));
    case JsonKind::int64:
      return writer.integer(*static_cast<const std::int64_t*>(value));
    case JsonKind::number:
      return writer.number(*static_cast<const double*>(value));
    case JsonKind::enumeration: {
      const auto index = node.enumerator(value);
      return index ? writer.text(node.enumerators[*index]) : writer.null();
    }
    case JsonKind::object:
      writer.begin_object();
      for (const auto& member : node.members()) {
        const auto* held = member.find(value);
        if (held == nullptr) continue;
        writer.member(member.name);
        encode(writer, member, held);
      }
      return writer.end_object();
    case JsonKind::list: {
      writer.begin_array();
      const auto [first, count, stride] = node.items(value);
      for (std::size_t i = 0; i < count; ++i) encode(writer, *node.element, first + i * stride);
      return writer.end_array();
    }
    case JsonKind::text_map:
      writer.begin_object();
      for (const auto& [key, text] : *static_cast<const detail::TextMap*>(value)) {
        writer.key(key);
        writer.text(text);
      }
      return writer.end_object();
    case JsonKind::secret:
      break;  // refused when encode_json is compiled
  }
  std::unreachable();
}

}  // namespace

void detail::encode_json(std::string& out, const JsonNode& schema, const void* object) {
  JsonWriter writer(out);
  encode(writer, schema, object);
}

}  // namespace sallyport::transport::rest
