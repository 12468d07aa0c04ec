#include "app/config_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "app/config_text_file.h"

namespace sallyport::app {
namespace {

constexpr std::string_view prefix = "SALLYPORT_";
constexpr std::string_view file_suffix = "_FILE";
constexpr std::string_view master_key = "SALLYPORT_MASTER_KEY";

/// Levenshtein's.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < right.size(); ++j) {
      const auto replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

/// The known name that differs least, in case and separators not at all, or the one that ends in `.wrong`.
std::optional<std::string_view> nearest(std::string_view wrong, std::span<const std::string> known) {
  static constexpr std::size_t longest = 64;
  if (wrong.empty() || wrong.size() > longest) return std::nullopt;
  const auto folded = [](std::string_view name) {
    std::string fold(name);
    for (auto& c : fold) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '-' ? '_' : c;
    return fold;
  };
  const auto wanted = folded(wrong);
  const auto ends_so = std::ranges::find_if(known, [&](const auto& name) { return name.ends_with("." + wanted); });
  if (ends_so != known.end()) return *ends_so;
  const auto away = [&](const auto& name) { return distance(wanted, folded(name)); };
  const auto best = std::ranges::min_element(known, {}, away);
  const auto most = std::max<std::size_t>(2, wanted.size() / 4);
  return best != known.end() && away(*best) <= most ? std::optional<std::string_view>(*best) : std::nullopt;
}

std::string_view without_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  return text;
}

using Variables = std::map<std::string_view, std::string_view>;

void add_variable(GatheredSettings& gathered, std::string_view key, const std::string& name,
                  const Variables& variables) {
  const auto twin = name + std::string(file_suffix);
  const auto value = variables.find(name), file = variables.find(twin);
  if (value != variables.end() && file != variables.end()) {
    gathered.problems.push_back({name, std::string(key), fmt::format("{} and {} are both set; unset one", name, twin)});
  } else if (value != variables.end()) {
    gathered.settings.push_back({std::string(key), std::string(value->second), name});
  } else if (file != variables.end()) {
    const auto text = read_text_file(file->second);
    if (text) gathered.settings.push_back({std::string(key), std::string(without_newline(*text)), twin, Echo::no});
    else
      gathered.problems.push_back(
          {twin, std::string(key),
           fmt::format("the file {} for {} cannot be read: {}", printable(file->second), key, text.error())});
  }
}

}  // namespace

std::string printable(std::string_view text) {
  static constexpr std::size_t longest = 100;
  std::string line(text.substr(0, longest));
  for (auto& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = '?';
  }
  return text.size() > longest ? line + "..." : line;
}

std::string unknown_name(std::string_view what, std::string_view wrong, std::span<const std::string> known) {
  const auto meant = nearest(wrong, known);
  return fmt::format("there is no {} '{}'; {}", what, printable(wrong),
                     meant ? fmt::format("did you mean {}?", *meant) : "sallyport config keys lists them all");
}

void add_profile(GatheredSettings& gathered, std::string_view name) {
  if (name == "loadtest") {
    gathered.profile = Profile::loadtest;
    for (const auto* const key : {"mail.new_device", "password.refuse_common"})
      gathered.settings.push_back({key, "false", "profile loadtest"});
    for (const auto* const key :
         {"limits.rate.mail", "limits.rate.other", "limits.rate.registration", "limits.rate.sign_in"})
      gathered.settings.push_back({key, "off", "profile loadtest"});
  } else if (name != "default") {
    gathered.problems.push_back(
        {"--profile", "", fmt::format("there is no profile '{}'; there are default and loadtest", printable(name))});
  }
}

void add_config_file(GatheredSettings& gathered, const std::filesystem::path& file) {
  const auto name = printable(file.string());
  const auto text = read_text_file(file);
  if (text) add_config_text(gathered, name, *text);
  else gathered.problems.push_back({name, "", "the configuration file cannot be read: " + text.error()});
}

void add_environment(GatheredSettings& gathered, std::span<const std::string> environment) {
  Variables variables;
  for (const std::string_view variable : environment) {
    const auto equals = variable.find('=');
    const auto name = variable.substr(0, equals);
    if (equals != std::string_view::npos && name.starts_with(prefix))
      variables.emplace(name, variable.substr(equals + 1));
  }
  std::vector<std::string> known{std::string(master_key)};
  for (const auto& key : config_keys()) {
    known.push_back(environment_name(key.name));
    add_variable(gathered, key.name, known.back(), variables);
  }
  for (const auto& [name, value] : variables) {
    const bool names_file = name.ends_with(file_suffix);
    const auto base = names_file ? name.substr(0, name.size() - file_suffix.size()) : name;
    if (std::ranges::find(known, base) != known.end()) continue;
    gathered.problems.push_back({"environment", printable(name), unknown_name("setting", base, known)});
  }
}

void add_assignment(GatheredSettings& gathered, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    gathered.problems.push_back({"--set", "", fmt::format("wants KEY=VALUE, not '{}'", printable(assignment))});
    return;
  }
  gathered.settings.push_back(
      {std::string(assignment.substr(0, equals)), std::string(assignment.substr(equals + 1)), "--set"});
}

}  // namespace sallyport::app
