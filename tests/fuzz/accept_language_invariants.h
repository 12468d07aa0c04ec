#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "accounts/accept_language.h"

namespace sallyport::fuzz {

inline constexpr std::string_view known_languages[] = {"en", "de", "zh-Hant"};

inline std::optional<std::string_view> best_language(std::string_view header) {
  return accounts::AcceptLanguage::parse(header).best_of(known_languages);
}

inline std::string broken_accept_language_rule(std::string_view header) {
  const auto best = best_language(header);
  if (best && std::ranges::find(known_languages, *best) == std::end(known_languages)) return "a language nobody has";
  if (best_language(std::string(header)) != best) return "read again it prefers another";
  std::string in_capitals(header);
  for (char& c : in_capitals)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (best_language(in_capitals) != best) return "in capitals it prefers another";
  if (best_language("?!, " + std::string(header).substr(0, 2'000)) != best && header.size() <= 2'000 &&
      std::ranges::count(header, ',') < 30)
    return "a malformed element before it changes what it prefers";
  return {};
}

}  // namespace sallyport::fuzz
