#include "transport/rest/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace sallyport::transport::rest {

std::size_t utf8_sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : '\0'); };
  const auto is_in = [](unsigned char byte, unsigned first, unsigned last) { return byte >= first && byte <= last; };
  const auto lead = at(0);
  if (lead < 0x80) return text.empty() ? 0 : 1;
  if (lead < 0xe0) return is_in(lead, 0xc2, 0xdf) && is_in(at(1), 0x80, 0xbf) ? 2 : 0;
  if (!is_in(at(2), 0x80, 0xbf)) return 0;
  if (lead < 0xf0) return is_in(at(1), lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) ? 3 : 0;
  const bool is_second_right = is_in(at(1), lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf);
  return lead <= 0xf4 && is_second_right && is_in(at(3), 0x80, 0xbf) ? 4 : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (std::uint64_t eight; text.size() >= sizeof eight) {  // mostly ASCII, so eight bytes at a time
      std::memcpy(&eight, text.data(), sizeof eight);
      if ((eight & 0x8080808080808080) == 0) {
        text.remove_prefix(sizeof eight);
        continue;
      }
    }
    const auto length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace sallyport::transport::rest
