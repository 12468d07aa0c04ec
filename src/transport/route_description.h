#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "transport/rest/json_schema.h"

namespace sallyport::transport {

/// Where a route stands in the reference.
enum class RouteGroup : std::uint8_t {
  signing_in,
  own_account,
  pictures,
  devices,
  mailbox,
  administration,
  operations,
  pages
};

/// Who may call a route; what else that means for its answers, the reference adds by itself.
enum class Access : std::uint8_t {
  anyone,
  optional,                 ///< anyone; who is signed in hears something else
  signed_in,                ///< 401 for others
  freshly_signed_in,        ///< and 403 "fresh_authentication_required" without a recent proof
  administrator,            ///< 403 "forbidden" for other roles
  freshly_an_administrator  ///< both
};

/// A parameter of the query, of the path, or a header of the request.
struct DescribedParameter {
  enum class In : std::uint8_t { query, path, header };
  In in;
  std::string_view name;
  std::string_view text;
  std::string_view format{};   ///< of JSON Schema
  std::string_view example{};  ///< a text, or a number's digits
  rest::JsonKind kind = rest::JsonKind::text;
  rest::JsonLimit limit{};
  std::initializer_list<std::string_view> values{};  ///< all that it may be
};

/// What a request carries. JSON is described by its wire struct; other media types are named.
struct DescribedBody {
  const rest::JsonNode* document = nullptr;
  std::initializer_list<std::string_view> media_types{};  ///< without a document
  std::string_view text{};
  bool is_optional = false;
};

/// An answer that is no refusal. Several of one status are its media types.
struct DescribedAnswer {
  int status;
  std::string_view text;
  const rest::JsonNode* document = nullptr;
  std::string_view media_type{};                      ///< none: JSON with a document, no content without
  std::initializer_list<std::string_view> headers{};  ///< those that openapi.cpp has a sentence for
};

/// A problem document of this route alone. The general ones (what is wrong with a body, who is signed in, limits)
/// follow from the rest of the description.
struct DescribedError {
  int status;
  std::string_view code;
};

/// What clients are told of a route: the reference and the OpenAPI document are made of it. Declared `static constexpr`
/// beside the routes, so that a list that would not outlive it does not compile.
struct RouteDescription {
  std::string_view name;  ///< "register_account": what generated clients call it; its own among all routes
  RouteGroup group;
  std::string_view summary;  ///< a few words
  std::string_view text{};   ///< sentences, in Markdown's `code` and paragraphs
  Access access = Access::anyone;
  std::initializer_list<DescribedParameter> parameters{};
  DescribedBody body{};
  std::initializer_list<DescribedAnswer> answers{};
  std::initializer_list<DescribedError> errors{};
};

}  // namespace sallyport::transport
