#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "transport/http1/uri.h"
#include "transport/rpc/percent_encoding.h"

namespace sallyport::fuzz {

/// An encoded message fits a header, and decodes to what it was.
inline std::string broken_percent_rule(std::string_view text) {
  std::string encoded;
  transport::rpc::append_percent_encoded(encoded, text);
  if (!std::ranges::all_of(encoded, [](char c) { return c >= ' ' && c <= '~'; })) return "it does not fit a header";
  if (encoded.size() > 3 * text.size()) return "it is too long";
  std::string decoded;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      decoded += encoded[i];
      continue;
    }
    if (i + 2 >= encoded.size()) return "an escape is cut short";
    decoded += static_cast<char>(transport::http1::hex_value(encoded[i + 1]) << 4 |
                                 transport::http1::hex_value(encoded[i + 2]));
    i += 2;
  }
  return decoded == text ? "" : "it does not read back";
}

}  // namespace sallyport::fuzz
