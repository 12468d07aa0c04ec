#pragma once

#include <string>
#include <string_view>

namespace sallyport::transport::rest {

/// The same JSON for people and for `diff`: a member or element a line, two spaces a level, a line feed at the end.
/// `json` has no white space between its tokens, as JsonWriter leaves it.
std::string indented(std::string_view json);

}  // namespace sallyport::transport::rest
