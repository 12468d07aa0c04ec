#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "transport/exchange.h"

namespace sallyport::transport {

struct SafeHeader {
  std::string_view name, value;
  std::string_view small_name;  ///< in lower case, as HTTP/2 has it
};

/// What every answer tells browsers unless it says otherwise itself: that its bytes are what its type says, that it is
/// no page (nothing in it may run or load), that nobody may frame it or, across sites, embed it, and that no address of
/// this server goes on as a referrer.
inline constexpr std::array safe_headers{
    SafeHeader{"X-Content-Type-Options", "nosniff", "x-content-type-options"},
    SafeHeader{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'", "content-security-policy"},
    SafeHeader{"X-Frame-Options", "DENY", "x-frame-options"},
    SafeHeader{"Referrer-Policy", "no-referrer", "referrer-policy"},
    SafeHeader{"Cross-Origin-Resource-Policy", "same-origin", "cross-origin-resource-policy"},
};

/// Calls `add(header)` for those that the response does not say itself. Who has a Content-Security-Policy of its
/// own says with it, too, who may frame it.
template <class Add>
void each_safe_header(const Response& response, Add add) {
  const auto says = [&](std::string_view name) {
    return std::ranges::any_of(response.fields, [&](const ResponseField& field) { return field.name == name; });
  };
  for (const auto& header : safe_headers) {
    const bool is_said = says(header.name) || (header.name == "X-Frame-Options" && says("Content-Security-Policy"));
    if (!is_said) add(header);
  }
}

}  // namespace sallyport::transport
