#pragma once

#include <string>

#include "transport/rest/json_schema.h"

namespace sallyport::transport::rest {

namespace detail {
void encode_json(std::string& out, const JsonNode& schema, const void* object);
}  // namespace detail

/// Appends a wire struct (see `json_schema`) as a JSON object: members in the order described, absent optionals left
/// out. Limits are not checked. A struct with a secret in it does not compile: what an answer discloses is `reveal()`ed
/// where it is made.
template <class T>
void encode_json(std::string& out, const T& object) {
  static_assert(json_schema<T>.kind == JsonKind::object);
  static_assert(!any_node(json_schema<T>, [](const JsonNode& node) { return node.kind == JsonKind::secret; }),
                "secrets are never serialised");
  detail::encode_json(out, json_schema<T>, &object);
}

}  // namespace sallyport::transport::rest
