#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "transport/router.h"

namespace sallyport::transport::rest {

/// What the document says that no route knows.
struct OpenApiFacts {
  std::string_view version;                       ///< of this program
  std::string_view session_cookie = "sallyport";  ///< its name
  std::optional<std::string_view> server_url{};   ///< "https://auth.example.org"; without one, where the document is
};

/// Whether a route belongs in the document: procedures ("/auth.v1.AuthService/Authenticate") have a contract of their
/// own, and what is below /dev is there on the machine of a developer only.
bool is_in_openapi(const Route& route);

/// The OpenAPI 3.1 document of all described routes, as JSON without white space: paths in the order of the routes,
/// refusals with the sentences of the problem catalog, schemas from the wire structs. The same routes give the same
/// text. Throws std::logic_error, a bug that a test finds, for a route that belongs in it and is not described, a name
/// that two routes have, two wire structs of one name, a path parameter that is not described, or a code that is not in
/// the catalog.
std::string openapi_document(const Router& router, const OpenApiFacts& facts);

}  // namespace sallyport::transport::rest
