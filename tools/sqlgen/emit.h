#pragma once

#include <span>
#include <string>
#include <string_view>

#include "schema.h"

namespace sallyport::sqlgen {

// The text of the generated files. `name_space` lies in `sallyport`.
std::string queries_header(std::span<const CheckedQuery> queries, std::string_view name_space);
std::string queries_source(std::span<const CheckedQuery> queries, std::string_view name_space);
std::string migrations_header(std::string_view name_space);
std::string migrations_source(std::span<const Migration> migrations, std::string_view name_space);

}  // namespace sallyport::sqlgen
