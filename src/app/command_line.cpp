#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/config.h"
#include "app/serve.h"
#include "app/version.h"

namespace sallyport::app {
namespace {

void print_config_keys() {
  for (const auto& key : config_keys()) {
    std::printf("%-22.*s %.*s\n", static_cast<int>(key.name.size()), key.name.data(), static_cast<int>(key.what.size()),
                key.what.data());
  }
}

}  // namespace

int run_command_line(int argc, char** argv, char** environment) {
  CLI::App program("Sallyport: accounts, sign-in and sessions for your product, in one server.", "sallyport");
  program.require_subcommand(1);
  std::vector<std::string> settings;
  std::string listen, data;

  auto& serve_command = *program.add_subcommand("serve", "Serve until SIGTERM. Needs no configuration.");
  serve_command.add_option("--listen", listen, "HOST:PORT to listen on (127.0.0.1:8080)");
  serve_command.add_option("--data", data, "Folder of the data (./sallyport-data)");
  serve_command.add_option("--set", settings, "KEY=VALUE for any setting; may be repeated");
  auto& config_command = *program.add_subcommand("config", "About the settings.");
  config_command.require_subcommand(1);
  auto& keys_command = *config_command.add_subcommand("keys", "List every setting with its meaning and default.");
  auto& version_command = *program.add_subcommand("version", "Print the version.");

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  }
  if (version_command.parsed()) {
    std::printf("sallyport %s\n", SALLYPORT_VERSION);
    return 0;
  }
  if (keys_command.parsed()) {
    print_config_keys();
    return 0;
  }
  if (!listen.empty()) settings.push_back("listen=" + listen);
  if (!data.empty()) settings.push_back("data=" + data);
  std::vector<std::string> variables;
  for (char** variable = environment; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  const auto config = load_config(variables, settings);
  if (!config) {
    std::fprintf(stderr, "sallyport: %s\n", config.error().log_detail.c_str());
    return 2;
  }
  return serve(*config);
}

}  // namespace sallyport::app
