#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/config_sources.h"

namespace sallyport::app {

/// Where a start's configuration comes from, the weakest first; below all are the defaults.
struct ConfigSources {
  std::string profile = "default";
  std::optional<std::string> file;          ///< TOML
  std::vector<std::string> environment;     ///< `NAME=value`, all of the process's
  std::vector<std::string> assignments;     ///< `KEY=VALUE` of --set, in their order
  std::optional<std::string> listen, data;  ///< the flags of these names
};

/// Where a key got its value.
struct EffectiveSetting {
  const ConfigKey* key;
  std::string value;  ///< as it was written; empty for one that is unset
  std::string where;  ///< "default" if nothing set it
};

/// Where the master key will be read (keys.h).
struct MasterKeyPlace {
  std::string variable;        ///< the environment variable that says so; empty: the data folder
  std::filesystem::path file;  ///< empty if the variable holds the key itself
};

struct EffectiveConfig {
  Config config;
  std::vector<EffectiveSetting> settings;  ///< in the order of `config_keys`
  MasterKeyPlace master_key;
};

/// The configuration, or everything that is wrong with it.
using LoadedConfig = std::expected<EffectiveConfig, std::vector<ConfigProblem>>;

/// Reads all sources (files too: blocks) and joins them.
LoadedConfig load_config(const ConfigSources& sources);

/// Lays the settings over the defaults and refuses combinations that are impossible or unsafe. Combinations are looked
/// at only where every value is known.
LoadedConfig resolve_config(GatheredSettings gathered);

}  // namespace sallyport::app
