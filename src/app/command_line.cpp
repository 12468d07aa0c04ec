#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <utility>

#include "app/config_report.h"
#include "app/serve.h"
#include "app/version.h"

namespace sallyport::app {
namespace {

constexpr int usage_status = 2;  ///< of wrong arguments and of a wrong configuration

/// What the arguments ask for. Each `add_…` function declares one subcommand and sets this when it is the one.
using Command = std::function<int()>;

enum class Output { text, json, markdown };

void add_json_flag(CLI::App& command, Output& output) {
  command.add_flag_callback("--json", [&output] { output = Output::json; }, "Print JSON, for scripts");
}

int print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

/// The options of every command that needs the configuration.
void add_config_options(CLI::App& command, ConfigSources& sources) {
  command.add_option("--config", sources.file, "TOML file with settings; no file is read without it")
      ->option_text("FILE");
  command.add_option("--profile", sources.profile, "default, or loadtest for a load generator on this machine")
      ->option_text("NAME");
  command.add_option("--listen", sources.listen, "Address to listen on (127.0.0.1:8080)")->option_text("HOST:PORT");
  command.add_option("--data", sources.data, "Folder of the data (./sallyport-data)")->option_text("DIR");
  command.add_option("--set", sources.assignments, "Any setting ('sallyport config keys' lists them); may be repeated")
      ->option_text("KEY=VALUE")
      ->allow_extra_args(false);
}

/// Runs `command` with the configuration, or prints what is wrong with it.
template <class Run>
int with_config(const ConfigSources& sources, Output output, Run run) {
  const auto loaded = load_config(sources);
  if (loaded) return run(*loaded);
  if (output == Output::json) print(config_problems_json(loaded.error()));
  else std::fputs(config_problems_text(loaded.error()).c_str(), stderr);
  return usage_status;
}

void add_serve(CLI::App& program, ConfigSources& sources, Command& chosen) {
  auto& command = *program.add_subcommand("serve", "Serve until SIGTERM. Needs no configuration.");
  add_config_options(command, sources);
  command.callback([&] {
    chosen = [&] {
      return with_config(sources, Output::text, [](const EffectiveConfig& loaded) { return serve(loaded.config); });
    };
  });
}

void add_config_check(CLI::App& group, ConfigSources& sources, Output& output, Command& chosen) {
  auto& command =
      *group.add_subcommand("check", "Say what is wrong with the settings (status 2), or what is doubtful.");
  add_config_options(command, sources);
  add_json_flag(command, output);
  command.callback([&] {
    chosen = [&] {
      return with_config(sources, output, [&](const EffectiveConfig& loaded) {
        return print(output == Output::json ? config_check_json(loaded) : config_check_text(loaded));
      });
    };
  });
}

void add_config_show(CLI::App& group, ConfigSources& sources, Output& output, Command& chosen) {
  auto& command = *group.add_subcommand("show", "Print the effective settings and where each came from.");
  add_config_options(command, sources);
  add_json_flag(command, output);
  command.callback([&] {
    chosen = [&] {
      return with_config(sources, output, [&](const EffectiveConfig& loaded) {
        return print(output == Output::json ? config_show_json(loaded) : config_show_text(loaded));
      });
    };
  });
}

void add_config_keys(CLI::App& group, Output& output, Command& chosen) {
  auto& command = *group.add_subcommand("keys", "List every setting with its meaning and default.");
  add_json_flag(command, output);
  command.add_flag_callback(
             "--markdown", [&output] { output = Output::markdown; }, "Print docs/configuration.md")
      ->excludes("--json");
  command.callback([&] {
    chosen = [&] {
      switch (output) {
        case Output::text:
          return print(config_keys_text());
        case Output::json:
          return print(config_keys_json());
        case Output::markdown:
          return print(config_keys_markdown());
      }
      std::unreachable();
    };
  });
}

void add_config(CLI::App& program, ConfigSources& sources, Output& output, Command& chosen) {
  auto& group = *program.add_subcommand("config", "About the settings: check, show, keys.");
  group.require_subcommand(1);
  add_config_check(group, sources, output, chosen);
  add_config_show(group, sources, output, chosen);
  add_config_keys(group, output, chosen);
}

void add_version(CLI::App& program, Command& chosen) {
  program.add_subcommand("version", "Print the version.")->callback([&] {
    chosen = [] { return print("sallyport " SALLYPORT_VERSION "\n"); };
  });
}

}  // namespace

int run_command_line(int argc, char** argv, char** environment) {
  CLI::App program("Sallyport: accounts, sign-in and sessions for your product, in one server.", "sallyport");
  program.require_subcommand(1);
  ConfigSources sources;
  for (char** variable = environment; *variable != nullptr; ++variable) sources.environment.emplace_back(*variable);
  Output output = Output::text;
  Command chosen;
  add_serve(program, sources, chosen);
  add_config(program, sources, output, chosen);
  add_version(program, chosen);

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : usage_status;
  }
  return chosen();
}

}  // namespace sallyport::app
