#include "transport/rest/problem_schema.h"

#include <array>
#include <span>

#include "transport/rest/problem_catalog.h"

namespace sallyport::transport::rest {
namespace {

void list(JsonWriter& json, std::string_view name, const auto& values) {
  json.begin_array(name);
  for (const std::string_view value : values) json.text(value);
  json.end_array();
}

void refer(JsonWriter& json, std::string_view name) { json.text("$ref", "#/components/schemas/" + std::string(name)); }

void write_member(JsonWriter& json, std::string_view name, std::string_view type, std::string_view what,
                  std::string_view format = {}) {
  json.begin_object(name);
  json.text("type", type);
  if (!format.empty()) json.text("format", format);
  json.text("description", what);
  json.end_object();
}

/// The words of a catalog, each with its sentence.
void write_words(JsonWriter& json, std::string_view name, std::string_view what,
                 std::span<const CatalogEntry> entries) {
  json.begin_object(name);
  json.text("type", "string");
  json.text("description", what);
  json.begin_array("oneOf");
  for (const auto& entry : entries) {
    json.begin_object();
    json.text("const", entry.name);
    json.text("description", entry.sentence);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

void write_problem_schemas(JsonWriter& json) {
  json.begin_object("Problem");
  json.text("type", "object");
  json.text("description", "A refusal (RFC 9457).");
  list(json, "required", std::array{"type", "title", "status", "code"});
  json.begin_object("properties");
  write_member(json, "type", "string", "`urn:sallyport:problem:` and the code.", "uri");
  write_member(json, "title", "string", "The code's sentence, for people.");
  write_member(json, "status", "integer", "The status of the answer.");
  json.begin_object("code");
  refer(json, "ProblemCode");
  json.end_object();
  json.begin_object("errors");
  json.text("type", "array");
  json.text("description", "Every wrong field.");
  json.begin_object("items");
  refer(json, "WrongField");
  json.end_object();
  json.end_object();
  write_member(json, "request_id", "string", "The `X-Request-Id` of the answer.");
  json.end_object();
  json.end_object();

  write_words(json, "ProblemCode", "What a client may match on. A later version may know more of them.",
              problem_codes());

  json.begin_object("WrongField");
  json.text("type", "object");
  list(json, "required", std::array{"field", "rule"});
  json.begin_object("properties");
  write_member(json, "field", "string", "Where it stands: `device.name`, or `roles[]` for every element of `roles`.");
  json.begin_object("rule");
  refer(json, "FieldRule");
  json.end_object();
  write_member(json, "detail", "string", "The rule's sentence, for people.");
  json.end_object();
  json.end_object();

  write_words(json, "FieldRule", "The rule that a field broke. A later version may know more of them.", field_rules());
}

}  // namespace sallyport::transport::rest
