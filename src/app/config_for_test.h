#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_load.h"

namespace sallyport::app {

/// What is wrong, as the operator reads it; none if all is well.
inline std::vector<std::string> sentences(const LoadedConfig& loaded) {
  std::vector<std::string> lines;
  if (!loaded) {
    for (const auto& problem : loaded.error()) lines.push_back(problem.str());
  }
  return lines;
}

inline LoadedConfig load_assignments(std::vector<std::string> assignments) {
  return load_config({.assignments = std::move(assignments)});
}

inline LoadedConfig load_text(std::string_view toml) {
  GatheredSettings gathered;
  add_config_text(gathered, "a.toml", toml);
  return resolve_config(std::move(gathered));
}

inline const EffectiveSetting& setting(const EffectiveConfig& effective, std::string_view key) {
  return *std::ranges::find(effective.settings, key, [](const auto& entry) { return entry.key->name; });
}

/// A folder that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "config_test.XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  std::string file(std::string_view name, std::string_view text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace sallyport::app
