#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sallyport::app {

struct Config;

/// The kinds of values. Each knows its rule and where a value that keeps it is stored.
struct Number {
  std::int64_t least, most;
  void (*store)(Config&, std::int64_t);
};
struct Duration {
  std::chrono::milliseconds least, most;
  void (*store)(Config&, std::chrono::milliseconds);
  std::chrono::milliseconds step{1};  ///< a value is a multiple of it
};
struct Flag {
  void (*store)(Config&, bool);
};
struct Text {
  std::string_view rule;                     ///< goes on "must be"
  bool (*store)(Config&, std::string_view);  ///< false, and nothing stored, for a value that breaks the rule
};
struct List {
  std::string_view rule;  ///< of the whole list
  bool (*store)(Config&, std::vector<std::string>);
};
struct Table {
  std::string_view rule;  ///< of the whole table
  bool (*store)(Config&, std::vector<std::pair<std::string, std::string>>);
};

/// One thing that can be set. All members point at literals.
struct ConfigKey {
  std::string_view name;
  std::string_view what;        ///< what it means, for people
  std::string_view by_default;  ///< the default as text; empty for a key that may be unset, or an empty list
  std::string_view unset;       ///< what holds then
  std::string_view example;
  std::variant<Number, Duration, Flag, Text, List, Table> value;
  std::string_view takes_effect = "restart";
  bool is_secret = false;  ///< then the value is never printed
};

/// `http.body_bytes` as `SALLYPORT_HTTP_BODY_BYTES`.
std::string environment_name(std::string_view key);

/// "a whole number from 1024 to 16777216"; a sentence's end after "must be".
std::string rule_of(const ConfigKey& key);

/// Reads `text` (a list's items are separated by commas, and so are a table's `name=value` pairs) and stores it; false,
/// and nothing stored, if it breaks the rule.
bool set_value(Config& config, const ConfigKey& key, std::string_view text);

/// The items of a list as text; none of an empty one.
std::vector<std::string> list_items(std::string_view text);

/// The pairs of a table as text; nothing if one has no `=`.
std::optional<std::vector<std::pair<std::string, std::string>>> table_entries(std::string_view text);

}  // namespace sallyport::app
