#pragma once

#include <map>
#include <string>

#include "transport/rest/json_schema.h"
#include "transport/rest/json_writer.h"

namespace sallyport::transport::rest {

/// Writes wire structs as JSON Schema (2020-12, as OpenAPI 3.1 takes it). Each struct becomes one named schema, to
/// which places that hold it refer.
class SchemaWriter {
 public:
  /// A reference to the struct of that schema, which is kept for `components`.
  void refer(JsonWriter& json, const JsonNode& object);
  /// What holds a place of that kind, as members of an object that is open in `json`.
  void write_type(JsonWriter& json, JsonKind kind, const JsonLimit& limit);
  /// All structs referred to so far, and those in them, by name.
  const std::map<std::string, std::string, std::less<>>& schemas() const { return schemas_; }

 private:
  void keep(const JsonNode& object);
  void write(JsonWriter& json, const JsonNode& node);
  void write_note(JsonWriter& json, const JsonNode& node);

  std::map<std::string, std::string, std::less<>> schemas_;
};

}  // namespace sallyport::transport::rest
