#include "mail/harmless.h"

#include <algorithm>

namespace sallyport::mail {

bool is_harmless(std::string_view text) {
  static constexpr std::ptrdiff_t most_code_points = 64;
  const auto is_letter = [](unsigned char c) { return c >= 0x80 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); };
  for (const std::string_view sign : {"://", "@"})
    if (text.find(sign) != std::string_view::npos) return false;
  for (std::size_t at = 0; at + 2 < text.size(); ++at)
    if (text[at] == '.' && is_letter(text[at + 1]) && is_letter(text[at + 2])) return false;  // example.org
  return std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0) != 0x80; }) <= most_code_points;
}

}  // namespace sallyport::mail
