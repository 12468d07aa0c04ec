#include "app/config_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace sallyport::app {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most) return std::nullopt;
  return number;
}

std::optional<milliseconds> parse_duration(std::string_view text, const Duration& rule) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto unit = std::ranges::find(units, text.substr(digits), [](const auto& entry) { return entry.first; });
  if (unit == units.end()) return std::nullopt;
  const auto number = parse_number(text.substr(0, digits), 0, rule.most.count() / unit->second);
  if (!number) return std::nullopt;
  const milliseconds value{*number * unit->second};
  if (value < rule.least || value % rule.step != milliseconds{0}) return std::nullopt;
  return value;
}

/// In the largest unit that says it whole: "90d".
std::string spelled(milliseconds duration) {
  if (duration.count() == 0) return "0s";
  auto unit = units.rbegin();
  while (duration.count() % unit->second != 0) ++unit;
  return fmt::format("{}{}", duration.count() / unit->second, unit->first);
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

std::string environment_name(std::string_view key) {
  std::string name = "SALLYPORT_";
  for (const char c : key) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string rule_of(const ConfigKey& key) {
  return std::visit(
      Overloaded{
          [](const Number& number) { return fmt::format("a whole number from {} to {}", number.least, number.most); },
          [](const Duration& duration) {
            return fmt::format("a duration from {} to {}, in {}s, m, h or d", spelled(duration.least),
                               spelled(duration.most), duration.step < std::chrono::seconds{1} ? "ms, " : "");
          },
          [](const Flag&) { return std::string("true or false"); },
          [](const Text& text) { return std::string(text.rule); },
          [](const List& list) { return std::string(list.rule); },
          [](const Table& table) { return std::string(table.rule); }},
      key.value);
}

bool set_value(Config& config, const ConfigKey& key, std::string_view text) {
  return std::visit(Overloaded{[&](const Number& number) {
                                 const auto value = parse_number(text, number.least, number.most);
                                 if (value) number.store(config, *value);
                                 return value.has_value();
                               },
                               [&](const Duration& duration) {
                                 const auto value = parse_duration(text, duration);
                                 if (value) duration.store(config, *value);
                                 return value.has_value();
                               },
                               [&](const Flag& flag) {
                                 if (text != "true" && text != "false") return false;
                                 flag.store(config, text == "true");
                                 return true;
                               },
                               [&](const Text& line) {
                                 const bool is_one_line =
                                     std::ranges::none_of(text, [](unsigned char c) { return c < ' ' || c == 0x7F; });
                                 return is_one_line && line.store(config, text);
                               },
                               [&](const List& list) { return list.store(config, list_items(text)); },
                               [&](const Table& table) {
                                 auto entries = table_entries(text);
                                 return entries && table.store(config, std::move(*entries));
                               }},
                    key.value);
}

std::vector<std::string> list_items(std::string_view text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  for (;;) {
    const auto comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::optional<std::vector<std::pair<std::string, std::string>>> table_entries(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& item : list_items(text)) {
    const auto equals = item.find('=');
    if (equals == std::string::npos) return std::nullopt;
    entries.emplace_back(item.substr(0, equals), item.substr(equals + 1));
  }
  return entries;
}

}  // namespace sallyport::app
