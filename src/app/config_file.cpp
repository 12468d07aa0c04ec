#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "app/config_sources.h"

namespace sallyport::app {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

/// The array as `list_items` reads it; nothing if an item is no string or could not be told from two.
std::optional<std::string> joined(const toml::array& items) {
  std::string text;
  for (const auto& item : items) {
    const auto* string = item.as_string();
    if (string == nullptr || string->get().empty() || string->get().contains(',')) return std::nullopt;
    if (!text.empty()) text += ',';
    text += string->get();
  }
  return text;
}

/// The table as `table_entries` reads it; nothing if a value is no string, or could not be told from two.
std::optional<std::string> joined(const toml::table& entries) {
  std::string text;
  for (const auto& [key, value] : entries) {
    const auto* string = value.as_string();
    const bool is_clear =
        string != nullptr && !string->get().contains(',') && !key.str().contains(',') && !key.str().contains('=');
    if (!is_clear) return std::nullopt;
    if (!text.empty()) text += ',';
    text.append(key.str()).append("=").append(string->get());
  }
  return text;
}

/// The value as `set_value` reads it; nothing if it has not the type that the key wants.
std::optional<std::string> text_of(const toml::node& node, const ConfigKey& key) {
  if (std::holds_alternative<Number>(key.value)) {
    return node.is_integer() ? std::optional(std::to_string(node.as_integer()->get())) : std::nullopt;
  }
  if (std::holds_alternative<Flag>(key.value)) {
    return node.is_boolean() ? std::optional<std::string>(node.as_boolean()->get() ? "true" : "false") : std::nullopt;
  }
  if (std::holds_alternative<List>(key.value)) return node.is_array() ? joined(*node.as_array()) : std::nullopt;
  if (std::holds_alternative<Table>(key.value)) return node.is_table() ? joined(*node.as_table()) : std::nullopt;
  return node.is_string() ? std::optional(node.as_string()->get()) : std::nullopt;
}

std::string type_rule(const ConfigKey& key) {
  if (std::holds_alternative<List>(key.value)) return "an array of strings: " + rule_of(key);
  if (std::holds_alternative<Table>(key.value)) return "a table of strings: " + rule_of(key);
  if (std::holds_alternative<Duration>(key.value)) return "a string: " + rule_of(key);
  return rule_of(key);
}

struct Flaw {
  std::size_t line;
  std::string_view sentence;
};

/// What toml++ 3.3 must not see, none of which a setting needs. It runs into undefined behaviour where it takes a
/// character that is not ASCII for possible white space: outside of strings and comments, in multi-line strings, and in
/// what is no value, such as `1'é'`, up to the next white space. And it makes a table of every part of a dotted key and
/// destroys them recursively: 32,000 dots end the process.
std::optional<Flaw> find_flaw(std::string_view text) {
  static constexpr std::size_t most_dots = 1'000;
  static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::size_t line = 1, dots = 0;
  char before = '\n', within = '\0';  // the character that began a string or comment
  bool may_be_foreign = false;        // whether that string or comment may hold what is not ASCII
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto rest = text.substr(i + 1);
    if (c == '\n') {
      ++line;
      within = '\0';
    } else if ((static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\r') || c == '\x7F') {
      return Flaw{line, "has a control character"};
    } else if (static_cast<unsigned char>(c) >= 0x80 && (within == '\0' || !may_be_foreign)) {
      return Flaw{line, "has a character that is not ASCII; only comments, and strings after a space, may"};
    } else if (within == '"' && c == '\\') {
      if (rest.starts_with('"') || rest.starts_with('\\')) ++i;
    } else if (within != '\0') {
      if (within == c && c != '#') within = '\0';
    } else if (c == '#' || c == '"' || c == '\'') {
      if (c != '#' && rest.starts_with(std::string(2, c))) return Flaw{line, "has a multi-line string"};
      within = c;
      may_be_foreign = c == '#' || before == ' ' || before == '\t' || before == '\n';
    } else if (c == '.' && ++dots > most_dots) {
      return Flaw{line, "has more than 1000 dots outside of strings and comments"};
    }
    before = c;
  }
  return std::nullopt;
}

class TableReader {
 public:
  TableReader(GatheredSettings& gathered, std::string_view file) : gathered_(gathered), file_(file) {}

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const auto name = prefix + segment(key.str());
      if (node.is_table() && find_config_key(name) == nullptr && !is_useless(*node.as_table(), name)) {
        read(*node.as_table(), name + ".");
      } else {
        read_value(name, node, fmt::format("{}:{}", file_, key.source().begin.line));
      }
    }
  }

 private:
  void read_value(const std::string& name, const toml::node& node, std::string where) {
    const auto* known = find_config_key(name);
    auto text = known != nullptr ? text_of(node, *known) : std::string();
    if (text) {
      gathered_.settings.push_back({name, std::move(*text), std::move(where)});
    } else {
      const bool is_item = node.is_array() && std::holds_alternative<List>(known->value);
      const bool is_entry = node.is_table() && std::holds_alternative<Table>(known->value);
      gathered_.problems.push_back({std::move(where), name,
                                    fmt::format("{} must be {}, not {}", name, type_rule(*known),
                                                is_item    ? "an array with other items"
                                                : is_entry ? "a table with other values"
                                                           : type_name(node))});
    }
  }

  /// A key that was quoted for its dots is not the dotted key.
  static std::string segment(std::string_view key) {
    return key.contains('.') ? fmt::format("\"{}\"", key) : std::string(key);
  }

  /// An empty table whose name begins no key: a mistake that no value in it would tell.
  static bool is_useless(const toml::table& table, const std::string& name) {
    return table.empty() &&
           std::ranges::none_of(config_keys(), [&](const auto& key) { return key.name.starts_with(name + "."); });
  }

  GatheredSettings& gathered_;
  std::string_view file_;
};

}  // namespace

void add_config_text(GatheredSettings& gathered, std::string_view name, std::string_view text) {
  const auto refuse = [&](std::string where, std::string sentence) {
    gathered.problems.push_back({std::move(where), "", std::move(sentence)});
  };
  if (const auto flaw = find_flaw(text)) {
    return refuse(fmt::format("{}:{}", name, flaw->line), std::string(flaw->sentence));
  }
  try {
    const auto table = toml::parse(text);
    TableReader(gathered, name).read(table, "");
  } catch (const toml::parse_error& error) {
    refuse(fmt::format("{}:{}", name, error.source().begin.line), "is not TOML: " + printable(error.description()));
  }
}

}  // namespace sallyport::app
