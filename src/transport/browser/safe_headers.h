#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "transport/exchange.h"

namespace sallyport::transport {

struct SafeHeader {
  std::string_view name, value;
};

/// What every answer tells browsers unless it says otherwise itself: that its bytes are what its type says, that it is
/// no page (nothing in it may run or load), that nobody may frame it or, across sites, embed it, and that no address of
/// this server goes on as a referrer.
inline constexpr std::array safe_headers{
    SafeHeader{"X-Content-Type-Options", "nosniff"},
    SafeHeader{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    SafeHeader{"X-Frame-Options", "DENY"},
    SafeHeader{"Referrer-Policy", "no-referrer"},
    SafeHeader{"Cross-Origin-Resource-Policy", "same-origin"},
};

/// Calls `add(name, value)` for those that the response does not say itself. Who has a Content-Security-Policy of its
/// own says with it, too, who may frame it.
template <class Add>
void each_safe_header(const Response& response, Add add) {
  const auto says = [&](std::string_view name) {
    return std::ranges::any_of(response.fields, [&](const ResponseField& field) { return field.name == name; });
  };
  for (const auto& [name, value] : safe_headers) {
    const bool is_said = says(name) || (name == "X-Frame-Options" && says("Content-Security-Policy"));
    if (!is_said) add(name, value);
  }
}

}  // namespace sallyport::transport
