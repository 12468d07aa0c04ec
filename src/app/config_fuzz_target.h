#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "app/config_load.h"

namespace sallyport::app {

/// Ends the process if any bytes, as a configuration file or as an assignment, break a promise of `resolve_config`.
inline void fuzz_config(std::string_view text) {
  const auto require = [](bool promise) {
    if (!promise) std::abort();
  };
  const auto require_honest = [&](GatheredSettings gathered) {
    const bool was_sound = gathered.problems.empty();
    const auto loaded = resolve_config(std::move(gathered));
    if (!loaded) {
      require(!loaded.error().empty());
      for (const auto& problem : loaded.error()) {
        const auto line = problem.str();
        require(!problem.sentence.empty());
        require(std::ranges::none_of(line, [](unsigned char c) { return c < ' ' || c == 0x7F; }));
      }
      return;
    }
    require(was_sound && loaded->settings.size() == config_keys().size());
    GatheredSettings again;  // what is effective can be said again, as flags
    for (const auto& [key, value, where] : loaded->settings) {
      if (where != "default") add_assignment(again, std::string(key->name) + "=" + value);
    }
    const auto reloaded = resolve_config(std::move(again));
    require(reloaded.has_value());
    require(std::ranges::equal(loaded->settings, reloaded->settings,
                               [](const auto& one, const auto& other) { return one.value == other.value; }));
  };

  GatheredSettings file, assignment;
  add_config_text(file, "fuzz.toml", text);
  require_honest(std::move(file));
  add_assignment(assignment, text);
  require_honest(std::move(assignment));
}

}  // namespace sallyport::app
