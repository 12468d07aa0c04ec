#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"

namespace sallyport::app {

/// What is wrong with the configuration, as a sentence for the operator.
struct ConfigProblem {
  std::string where;     ///< "sallyport.toml:3", "SALLYPORT_LISTEN", "--set"; empty if it is in several places
  std::string key;       ///< empty if a whole source could not be read
  std::string sentence;  ///< one line of printable text
  std::string str() const { return where.empty() ? sentence : where + ": " + sentence; }
};

/// Whether a value may be repeated in a message. One from a file that a `_FILE` variable names may be another's secret.
enum class Echo { no, yes };

/// One value as somebody wrote it.
struct Setting {
  std::string key;
  std::string value;
  std::string where;
  Echo echo = Echo::yes;
};

/// What all sources say, the weakest first.
struct GatheredSettings {
  Profile profile = Profile::standard;
  std::vector<Setting> settings;
  std::vector<ConfigProblem> problems;
};

/// `text` without what could confuse a terminal or a reader: one line, not long.
std::string printable(std::string_view text);

/// That there is no `wrong` among `known`, and which of them was meant if one is near: "there is no setting 'lisen';
/// did you mean listen?"
std::string unknown_name(std::string_view what, std::string_view wrong, std::span<const std::string> known);

/// "default" or "loadtest" and what they set.
void add_profile(GatheredSettings& gathered, std::string_view name);

/// A TOML file of at most 64 KiB. Reads it; blocks.
void add_config_file(GatheredSettings& gathered, const std::filesystem::path& file);

/// The same for a file that has been read. `name` is for messages.
void add_config_text(GatheredSettings& gathered, std::string_view name, std::string_view text);

/// `NAME=value` strings: `SALLYPORT_` variables, and their `_FILE` twins, whose files it reads. `SALLYPORT_MASTER_KEY`
/// and `SALLYPORT_MASTER_KEY_FILE` are no settings (keys.h).
void add_environment(GatheredSettings& gathered, std::span<const std::string> environment);

/// A `KEY=VALUE` of `--set`.
void add_assignment(GatheredSettings& gathered, std::string_view assignment);

}  // namespace sallyport::app
