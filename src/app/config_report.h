#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/config_load.h"

namespace sallyport::app {

/// What the `config` commands print. All texts end in a newline; JSON is one line.

/// Every key with its meaning and default.
std::string config_keys_text();
std::string config_keys_json();
/// docs/configuration.md.
std::string config_keys_markdown();
/// A configuration file that sets every key to its example.
std::string config_example_toml();

/// What works but is probably not meant, a sentence each. Looks whether the master key's file is there; blocks.
std::vector<std::string> config_warnings(const EffectiveConfig& effective);

/// Effective values and where each came from. Of the master key only whether there is one. Blocks as above.
std::string config_show_text(const EffectiveConfig& effective);
std::string config_show_json(const EffectiveConfig& effective);

/// What `config check` says. Blocks as above.
std::string config_check_text(const EffectiveConfig& effective);
std::string config_check_json(const EffectiveConfig& effective);
/// {"ok":false,"problems":[{"where":…,"key":…,"sentence":…}],"warnings":[]}
std::string config_problems_json(std::span<const ConfigProblem> problems);
/// One a line, each after the program's name.
std::string config_problems_text(std::span<const ConfigProblem> problems);

}  // namespace sallyport::app
