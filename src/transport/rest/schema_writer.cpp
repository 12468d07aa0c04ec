#include "transport/rest/schema_writer.h"

#include <stdexcept>
#include <utility>
#include <vector>

namespace sallyport::transport::rest {
namespace {

void bound(JsonWriter& json, std::string_view name, std::int64_t value) {
  json.member(name);
  json.integer(value);
}

void bounds(JsonWriter& json, const JsonLimit& limit, std::string_view min, std::string_view max) {
  if (limit.min != JsonLimit{}.min && (limit.min != 0 || min == "minimum")) bound(json, min, limit.min);
  if (limit.max != JsonLimit::none) bound(json, max, limit.max);
}

std::string_view type_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::text:
    case JsonKind::secret:
    case JsonKind::enumeration:
      return "string";
    case JsonKind::boolean:
      return "boolean";
    case JsonKind::int32:
    case JsonKind::int64:
      return "integer";
    case JsonKind::number:
      return "number";
    case JsonKind::list:
      return "array";
    case JsonKind::object:
    case JsonKind::text_map:
      return "object";
  }
  std::unreachable();
}

bool is_number(JsonKind kind) { return kind == JsonKind::int32 || kind == JsonKind::int64 || kind == JsonKind::number; }

void write_bounds(JsonWriter& json, JsonKind kind, const JsonLimit& limit) {
  switch (kind) {
    case JsonKind::text:
    case JsonKind::secret:
      return bounds(json, limit, "minLength", "maxLength");
    case JsonKind::int32:
    case JsonKind::int64:
      return bounds(json, limit, "minimum", "maximum");
    case JsonKind::list:
      return bounds(json, limit, "minItems", "maxItems");
    case JsonKind::text_map:
      return bounds(json, limit, "minProperties", "maxProperties");
    case JsonKind::boolean:
    case JsonKind::number:
    case JsonKind::enumeration:
    case JsonKind::object:
      return;
  }
  std::unreachable();
}

/// "int32", or what the note says; a secret is a password to whoever shows a form.
std::string_view format_of(const JsonNode& node) {
  if (node.kind == JsonKind::secret) return "password";
  if (node.kind == JsonKind::int32) return "int32";
  if (node.kind == JsonKind::int64) return "int64";
  return node.note != nullptr ? node.note->format : std::string_view{};
}

void list(JsonWriter& json, std::string_view name, const auto& values) {
  json.member(name);
  json.begin_array();
  for (const auto value : values) json.text(value);
  json.end_array();
}

}  // namespace

void SchemaWriter::write_type(JsonWriter& json, JsonKind kind, const JsonLimit& limit) {
  json.member("type");
  json.text(type_of(kind));
  write_bounds(json, kind, limit);
}

void SchemaWriter::write_note(JsonWriter& json, const JsonNode& node) {
  if (node.note == nullptr) return;
  if (!node.note->text.empty()) {
    json.member("description");
    json.text(node.note->text);
  }
  if (node.note->values.size() != 0) list(json, "enum", node.note->values);
  if (node.note->example.empty()) return;
  json.member("examples");
  json.begin_array();
  if (is_number(node.kind)) json.embed(node.note->example);
  else json.text(node.note->example);
  json.end_array();
}

void SchemaWriter::write(JsonWriter& json, const JsonNode& node) {
  json.begin_object();
  if (node.kind == JsonKind::object) {
    keep(node);
    json.member("$ref");
    json.text("#/components/schemas/" + std::string(node.type_name));
  } else if (node.set_null != nullptr) {
    json.member("type");
    json.begin_array();
    json.text(type_of(node.kind));
    json.text("null");
    json.end_array();
    write_bounds(json, node.kind, node.limit);
  } else {
    write_type(json, node.kind, node.limit);
  }
  if (const auto format = format_of(node); !format.empty()) {
    json.member("format");
    json.text(format);
  }
  if (node.kind == JsonKind::enumeration) list(json, "enum", node.enumerators);
  if (node.element != nullptr) {
    json.member(node.kind == JsonKind::list ? "items" : "additionalProperties");
    write(json, *node.element);
  }
  write_note(json, node);
  json.end_object();
}

void SchemaWriter::keep(const JsonNode& object) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("type");
  json.text("object");
  std::vector<std::string_view> required;
  for (const auto& member : object.members())
    if (member.is_required) required.push_back(member.name);
  if (!required.empty()) list(json, "required", required);
  json.member("properties");
  json.begin_object();
  for (const auto& member : object.members()) {
    json.member(member.name);
    write(json, member);
  }
  json.end_object();
  json.end_object();
  const auto [there, is_new] = schemas_.try_emplace(std::string(object.type_name), text);
  if (!is_new && there->second != text)
    throw std::logic_error("two wire structs are called " + std::string(object.type_name));
}

void SchemaWriter::refer(JsonWriter& json, const JsonNode& object) {
  json.begin_object();
  json.member("$ref");
  json.text("#/components/schemas/" + std::string(object.type_name));
  json.end_object();
  keep(object);
}

}  // namespace sallyport::transport::rest
