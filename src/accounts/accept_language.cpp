#include "accounts/accept_language.h"

#include <algorithm>

namespace sallyport::accounts {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string small(text);
  for (auto& c : small) c = lower(c);
  return small;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// Takes what stands before `separator` off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

/// "*", or 1 to 8 letters and then subtags of 1 to 8 letters and digits (RFC 4647 §2.1).
bool is_range(std::string_view text) {
  if (text == "*") return true;
  static constexpr std::size_t most_bytes = 100, most_of_subtag = 8;
  if (text.empty() || text.size() > most_bytes || text.ends_with('-')) return false;
  const bool is_first_good = std::ranges::all_of(text.substr(0, text.find('-')), is_letter);
  while (!text.empty()) {
    const auto subtag = take(text, '-');
    const bool is_good = !subtag.empty() && subtag.size() <= most_of_subtag &&
                         std::ranges::all_of(subtag, [](char c) { return is_letter(c) || is_digit(c); });
    if (!is_good) return false;
  }
  return is_first_good;
}

/// A weight (RFC 9110 §12.4.2): "0", "0.75", "1", "1.000".
std::optional<int> parse_weight(std::string_view text) {
  static constexpr std::size_t most = 5;
  if (text.empty() || text.size() > most || (text.front() != '0' && text.front() != '1')) return std::nullopt;
  int weight = (text.front() - '0') * 1'000;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!is_digit(c)) return std::nullopt;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= 1'000 ? std::optional(weight) : std::nullopt;
}

/// Without its last subtag, and without a single letter or digit that is then the last (RFC 4647 §3.4).
std::string_view shortened(std::string_view range) {
  const auto dash = range.rfind('-');
  if (dash == std::string_view::npos) return {};
  range = range.substr(0, dash);
  const bool ends_in_singleton = range.size() >= 2 && range[range.size() - 2] == '-';
  return ends_in_singleton ? range.substr(0, range.size() - 2) : range;
}

}  // namespace

AcceptLanguage AcceptLanguage::parse(std::string_view header) {
  std::vector<Range> ranges;
  while (!header.empty() && ranges.size() < most_ranges) {
    auto element = take(header, ',');
    const auto tag = trim(take(element, ';'));
    if (!is_range(tag)) continue;
    const auto parameter = trim(element);
    std::optional<int> weight = 1'000;
    if (!parameter.empty()) {
      const bool is_weight = parameter.size() > 2 && lower(parameter[0]) == 'q' && parameter[1] == '=';
      weight = is_weight ? parse_weight(parameter.substr(2)) : std::nullopt;
    }
    if (!weight) continue;
    const auto place = std::ranges::upper_bound(ranges, *weight, std::ranges::greater{}, &Range::weight);
    ranges.insert(place, {lower(tag), *weight});
  }
  return AcceptLanguage(std::move(ranges));
}

bool AcceptLanguage::is_refused(std::string_view tag) const {
  return std::ranges::any_of(ranges_, [tag](const Range& range) { return range.weight == 0 && range.tag == tag; });
}

std::optional<std::string_view> AcceptLanguage::best_of(std::span<const std::string_view> available) const {
  for (const auto& range : ranges_) {
    if (range.weight == 0) break;
    for (std::string_view tag = range.tag; !tag.empty(); tag = shortened(tag)) {
      const auto found = std::ranges::find_if(available, [tag](std::string_view one) { return lower(one) == tag; });
      if (found != available.end() && !is_refused(tag)) return *found;
    }
  }
  return std::nullopt;
}

}  // namespace sallyport::accounts
