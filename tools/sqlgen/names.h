#pragma once

#include <string>
#include <string_view>

namespace sallyport::sqlgen {

/// Whether `name` may name a generated function, member or parameter: lower snake_case and no C++ keyword. Underscores
/// at either end are kept for the generated code's own names.
bool is_cpp_name(std::string_view name);

/// `find_account` as a type is called: `FindAccount`.
std::string pascal_case(std::string_view snake_case);

}  // namespace sallyport::sqlgen
