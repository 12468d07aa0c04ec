#pragma once

#include <string_view>
#include <vector>

#include "core/result.h"
#include "transport/rest/json_schema.h"

namespace sallyport::transport::rest {

namespace detail {
core::Result<void> decode_json(std::string_view body, const JsonNode& schema, void* object,
                               std::vector<core::FieldError>& wrong);
}  // namespace detail

/// Arrays and objects inside each other, the document itself counted.
inline constexpr std::size_t max_json_depth = 32;

/// Reads a wire struct (see `json_schema`) and appends what is wrong with its fields to `wrong`, so that a second step
/// can add its own findings. Each field and rule is named once; the elements of a list share one name, `roles[]`, so
/// that the list of errors is never longer than the schema, whatever the body. Members with a wrong value keep any
/// value.
///
/// Rules: "wrong_type", "missing", "contains_nul", "too_short", "too_long", "out_of_range", "unknown_value".
/// - Unknown members are ignored. Null is the absence of a member, and a wrong type for an element.
/// - An integer is written without fraction and exponent: `1.0` and `1e0` are "wrong_type", though JSON itself does not
///   tell them from 1, since clients that send them do not count in integers.
/// - A number that its type cannot hold, a double too small included, is "out_of_range".
///
/// Fails with `malformed` / "json_not_utf8", "json_malformed" (a byte order mark, lone surrogates, text behind the
/// document and exponents beyond 2^31 too), "json_not_object", "json_duplicate_key" (compared unescaped, at any depth,
/// also where members are ignored) or "json_too_deep".
///
/// Memory is bounded by the body: elements beyond the limit of their list are counted, not kept. Secrets live in
/// `core::Secret`s and in `body` alone: whatever else held them is wiped before this returns.
template <class T>
core::Result<T> decode_json(std::string_view body, std::vector<core::FieldError>& wrong) {
  static_assert(json_schema<T>.kind == JsonKind::object);
  static_assert(
      !any_node(json_schema<T>, [](const JsonNode& node) { return node.element && node.limit.max == JsonLimit::none; }),
      "a list or map of a request needs a limit");
  T object{};
  auto decoded = detail::decode_json(body, json_schema<T>, &object, wrong);
  if (!decoded) return core::fail(std::move(decoded));
  return object;
}

/// As above; wrong fields fail too, with `invalid` / "invalid_fields" and all of them named.
template <class T>
core::Result<T> decode_json(std::string_view body) {
  core::Error error{.fault = core::Fault::invalid, .code = "invalid_fields"};
  auto decoded = decode_json<T>(body, error.fields);
  if (decoded && !error.fields.empty()) return std::unexpected(std::move(error));
  return decoded;
}

}  // namespace sallyport::transport::rest
