#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport::transport::http1 {

/// The value of a hexadecimal digit in either case, or -1.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Decodes one path segment, already split at `/` (RFC 3986 §2.1 and §3.3), into `out`. False, with `out` meaningless,
/// when a `%` is not followed by two hexadecimal digits or a NUL appears, encoded or not. A `%2F` becomes part of the
/// segment; the bytes need not be UTF-8; `+` is a plus.
bool percent_decode_segment(std::string_view segment, std::string& out);

/// The same for a name or value of a query string written by an HTML form, where `+` is a space (WHATWG URL §5.1).
bool percent_decode_query(std::string_view text, std::string& out);

/// Calls `visit(name, value)` for each `&`-separated parameter in order, both still encoded; a parameter without `=`
/// has an empty value. Empty parameters are skipped; repeated ones are all visited.
template <class Visit>
void for_each_query_parameter(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    query.remove_prefix(parameter.size() < query.size() ? parameter.size() + 1 : query.size());
    if (parameter.empty()) continue;
    const auto equals = parameter.find('=');
    visit(parameter.substr(0, equals),
          equals == std::string_view::npos ? std::string_view{} : parameter.substr(equals + 1));
  }
}

}  // namespace sallyport::transport::http1
