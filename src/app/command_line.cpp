#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "app/completion.h"
#include "app/config_report.h"
#include "app/health.h"
#include "app/key_maintenance.h"
#include "app/migrate.h"
#include "app/operator_commands.h"
#include "app/reference.h"
#include "app/serve.h"
#include "app/version.h"

namespace sallyport::app {
namespace {

constexpr int usage_status = 2;  ///< of wrong arguments and of a wrong configuration

constexpr const char* settings_group = "Settings";  ///< where the help lists what every command takes

/// What the arguments ask for. Each `add_…` function declares subcommands and sets this when one of them is the one.
using Chosen = std::function<int()>;

void add_json_flag(CLI::App& command, Output& output) {
  command.add_flag_callback("--json", [&output] { output = Output::json; }, "Print JSON, for scripts");
}

/// Where a command finds data and settings.
void add_data_options(CLI::App& command, ConfigSources& sources) {
  command.add_option("--config", sources.file, "TOML file with settings; no file is read without it")
      ->option_text("FILE")
      ->group(settings_group);
  command.add_option("--data", sources.data, "Folder of the data (./sallyport-data)")
      ->option_text("DIR")
      ->group(settings_group);
  command.add_option("--set", sources.assignments, "Any setting ('sallyport config keys' lists them); may be repeated")
      ->option_text("KEY=VALUE")
      ->allow_extra_args(false)
      ->group(settings_group);
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

/// The options of every command that needs the configuration.
void add_config_options(CLI::App& command, ConfigSources& sources) {
  add_data_options(command, sources);
  command.add_option("--profile", sources.profile, "default, or loadtest for a load generator on this machine")
      ->option_text("NAME")
      ->group(settings_group);
  command.add_option("--listen", sources.listen, "Address to listen on (127.0.0.1:8080)")
      ->option_text("HOST:PORT")
      ->group(settings_group);
}

void add_serve(CLI::App& program, ConfigSources& sources, Chosen& chosen) {
  auto& command = *program.add_subcommand("serve", "Run the server until SIGTERM or Ctrl-C. Needs no configuration.");
  add_config_options(command, sources);
  command.callback([&] {
    chosen = [&] {
      return with_config(sources, Output::text,
                         [](const EffectiveConfig& loaded) { return serve(loaded.config, config_warnings(loaded)); });
    };
  });
}

void add_config_check(CLI::App& group, ConfigSources& sources, Output& output, Chosen& chosen) {
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

void add_config_show(CLI::App& group, ConfigSources& sources, Output& output, Chosen& chosen) {
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

void add_config_keys(CLI::App& group, Output& output, Chosen& chosen) {
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

void add_config(CLI::App& program, ConfigSources& sources, Output& output, Chosen& chosen) {
  auto& group = *program.add_subcommand("config", "Look at the settings: check, show, keys.");
  group.require_subcommand(1);
  add_config_check(group, sources, output, chosen);
  add_config_show(group, sources, output, chosen);
  add_config_keys(group, output, chosen);
}

struct Declaring {
  ConfigSources& sources;
  Output& output;
  Chosen& chosen;
};

/// Declares a command; its own arguments are for the caller to add to what this gives, and may change the front that it
/// shares.
CLI::App& add(CLI::App& group, const char* name, const char* what, std::shared_ptr<const Front> front,
              const std::shared_ptr<Asked>& asked, Declaring in) {
  auto& command = *group.add_subcommand(name, what);
  add_data_options(command, in.sources);
  add_json_flag(command, in.output);
  command.callback([=] {
    in.chosen = [=] {
      return with_config(in.sources, in.output, [&](const EffectiveConfig& loaded) {
        return run_operator_command(loaded.config, *front, *asked, in.output);
      });
    };
  });
  return command;
}

CLI::App& add(CLI::App& group, const char* name, const char* what, Front front, const std::shared_ptr<Asked>& asked,
              Declaring in) {
  return add(group, name, what, std::make_shared<const Front>(front), asked, in);
}

CLI::App& add_group(CLI::App& program, const char* name, const char* what) {
  auto& group = *program.add_subcommand(name, what);
  group.require_subcommand(1);
  return group;
}

CLI::Option* add_password_flag(CLI::App& command, const std::shared_ptr<Asked>& asked) {
  return command.add_flag("--password-stdin", asked->is_password_from_stdin,
                          "Read the password from the first line of standard input");
}

void add_account_argument(CLI::App& command, const std::shared_ptr<Asked>& asked) {
  command.add_option("ID|EMAIL", asked->account, "The account's id or e-mail address")->required();
}

/// What an account can be given and lose again.
void add_account_options(CLI::App& command, const std::shared_ptr<Asked>& asked) {
  command.add_option("--display-name", asked->display_name, "What they are called")->option_text("NAME");
  command.add_option("--role", asked->role, "admin, user or guest")
      ->check(CLI::IsMember({"admin", "user", "guest"}))
      ->option_text("ROLE");
  command.add_option("--locale", asked->locale, "Their language, such as de or en-GB")->option_text("TAG");
  command.add_option("--timezone", asked->timezone, "Their time zone, such as Europe/Zurich")->option_text("ZONE");
}

void add_user_list(CLI::App& group, const std::shared_ptr<Asked>& asked, Declaring in) {
  auto& list = add(group, "list", "List accounts, oldest first.", {.name = "user list"}, asked, in);
  list.add_option("--status", asked->status, "Only those that are pending, active, suspended or deleted")
      ->check(CLI::IsMember({"pending", "active", "suspended", "deleted"}))
      ->option_text("STATUS");
  list.add_option("--role", asked->role, "Only those of this role")
      ->check(CLI::IsMember({"admin", "user", "guest"}))
      ->option_text("ROLE");
  list.add_option("--query", asked->query, "Only those with this in their address or name")->option_text("TEXT");
  auto* const limit =
      list.add_option("--limit", asked->limit, "How many at most (50)")->check(CLI::Range(1, 1'000))->option_text("N");
  list.add_option("--after", asked->after, "Go on behind this id, the last of the page before")->option_text("ID");
  list.add_flag("--ndjson", asked->is_every_one, "Print all of them, a line of JSON each")->excludes(limit);
}

void add_user(CLI::App& program, const std::shared_ptr<Asked>& asked, Declaring in) {
  auto& group =
      add_group(program, "user",
                "Look after accounts: list, show, create, invite, update, set-password, suspend, activate, delete, "
                "restore, sessions, revoke-sessions.");
  add_user_list(group, asked, in);
  static constexpr struct {
    const char *name, *what;
    Front front;
  } commands[] = {
      {"show", "Show one account.", {.name = "user show"}},
      {"suspend", "Keep somebody out: ends every session at once.", {.name = "user suspend"}},
      {"activate", "Let somebody in again; they sign in anew.", {.name = "user activate"}},
      {"delete", "Delete an account: its address is free again; 'restore' brings it back.", {.name = "user delete"}},
      {"sessions", "List where somebody is signed in.", {.name = "user sessions"}},
      {"revoke-sessions", "End every session of an account.", {.name = "user revoke-sessions"}},
  };
  for (const auto& [name, what, front] : commands)
    add_account_argument(add(group, name, what, front, asked, in), asked);
  add(group, "restore", "Bring a deleted account back, active unless it never had a password.",
      {.name = "user restore"}, asked, in)
      .add_option("ID", asked->account, "The account's id, as 'list --status deleted' shows it")
      ->required();

  const auto front = std::make_shared<Front>(Front{.name = "user create", .asks_password = true});
  auto& create =
      add(group, "create", "Create an account. The password is asked for, never an argument.", front, asked, in);
  create.add_option("EMAIL", asked->email, "The e-mail address they sign in with")->required();
  add_account_options(create, asked);
  auto* const from_stdin = add_password_flag(create, asked);
  create
      .add_flag_callback(
          "--invite", [front] { front->asks_password = false; },
          "Ask for no password: mail them a link where they choose one")
      ->excludes(from_stdin);
  add_account_argument(add(group, "invite", "Mail the link again to somebody who has no password yet.",
                           {.name = "user invite"}, asked, in),
                       asked);

  auto& update =
      add(group, "update", "Change an account. Another role ends every session.", {.name = "user update"}, asked, in);
  add_account_argument(update, asked);
  update.add_option("--email", asked->email, "Another e-mail address, not verified from then on")
      ->option_text("ADDRESS");
  add_account_options(update, asked);
  update.add_option("--clear", asked->clear, "Empty this field; may be repeated")
      ->check(CLI::IsMember({"display-name", "locale", "timezone"}))
      ->allow_extra_args(false)
      ->option_text("FIELD");

  auto& password = add(group, "set-password", "Set somebody's password: ends every session, and tells them by mail.",
                       {.name = "user set-password", .asks_password = true}, asked, in);
  add_account_argument(password, asked);
  add_password_flag(password, asked);
}

void add_admin(CLI::App& program, const std::shared_ptr<Asked>& asked, Declaring in) {
  auto& group = add_group(program, "admin", "Make administrators: create, setup.");
  auto& create = add(group, "create", "Create an administrator. The password is asked for, never an argument.",
                     {.name = "admin create", .asks_password = true, .may_create_data = true}, asked, in);
  create.add_option("EMAIL", asked->email, "The e-mail address they sign in with")->required();
  create.add_option("--display-name", asked->display_name, "What they are called")->option_text("NAME");
  add_password_flag(create, asked);
  add(group, "setup", "Print a fresh token for the page /setup, which makes the first administrator.",
      {.name = "admin setup"}, asked, in);
}

void add_audit(CLI::App& program, const std::shared_ptr<Asked>& asked, Declaring in) {
  auto& group = add_group(program, "audit", "Read and check the audit log: list, verify, checkpoint.");
  auto& list = add(group, "list", "List the newest events, newest first.", {.name = "audit list"}, asked, in);
  list.add_option("--account", asked->account, "Only those about this account")->option_text("ID|EMAIL");
  list.add_option("--limit", asked->limit, "How many at most (50)")->check(CLI::Range(1, 1'000))->option_text("N");
  auto& verify =
      add(group, "verify", "Check every chain and checkpoint of the log; status 1 names what is not as it was.",
          {.name = "audit verify", .patience = long_patience}, asked, in);
  verify
      .add_option("--checkpoint", asked->files,
                  "A file that 'audit checkpoint' made, or a log of the server: nothing it knows may be gone; may be "
                  "repeated")
      ->allow_extra_args(false)
      ->option_text("FILE")
      ->transform([](const std::string& name) { return std::filesystem::absolute(name).string(); });
  auto& checkpoint = add(group, "checkpoint", "Make a signed checkpoint of the log now, to be kept elsewhere.",
                         {.name = "audit checkpoint"}, asked, in);
  checkpoint.add_option("--output", asked->output, "The file to make; it must not be there (standard output)")
      ->option_text("FILE");
}

void add_mail(CLI::App& program, const std::shared_ptr<Asked>& asked, Declaring in) {
  auto& group = add_group(program, "mail", "About mails: list, show, retry, preview, test.");
  auto& list = add(group, "list", "List mails, newest first.", {.name = "mail list"}, asked, in);
  list.add_option("--state", asked->status, "Only those that are waiting, delivered or failed")
      ->check(CLI::IsMember({"waiting", "delivered", "failed"}))
      ->option_text("STATE");
  list.add_option("--limit", asked->limit, "How many at most (50)")->check(CLI::Range(1, 1'000))->option_text("N");
  list.add_option("--after", asked->after, "Go on behind this id, the last of the page before")->option_text("ID");
  add(group, "show", "Show one mail with its link and code; the audit log tells that somebody did.",
      {.name = "mail show"}, asked, in)
      .add_option("ID", asked->mail, "The mail's id")
      ->required();
  auto& retry = add(group, "retry", "Send mails now that wait or were given up.", {.name = "mail retry"}, asked, in);
  auto* const which = retry.add_option_group("which");
  which->add_option("ID", asked->mail, "The mail's id");
  which->add_flag("--all-failed", asked->is_all_failed, "All that were given up");
  which->require_option(1);
  auto& test = add(group, "test", "Send a test mail now and say what the mail server said (status 1: not taken).",
                   {.name = "mail test", .patience = mail_patience}, asked, in);
  test.add_option("ADDRESS", asked->email, "Where to send it")->required();

  auto& preview = *group.add_subcommand("preview", "Print an example of a kind of mail, with your templates.");
  add_data_options(preview, in.sources);
  add_json_flag(preview, in.output);
  preview
      .add_option("KIND", asked->mail,
                  "welcome, verification, recovery, password_changed, new_device, "
                  "confirm_address, address_changed, locked, invitation, account_deleted or address_taken")
      ->required();
  preview.add_option("--locale", asked->query, "Language, such as de or en-GB")->option_text("TAG");
  preview.add_option("--output", asked->output, "text or html (text)")
      ->check(CLI::IsMember({"text", "html"}))
      ->option_text("FORM");
  preview.callback([=] {
    in.chosen = [=] {
      return with_config(in.sources, in.output, [&](const EffectiveConfig& loaded) {
        return preview_mail(loaded.config, asked->mail, asked->query, asked->output, in.output);
      });
    };
  });
}

void add_routes(CLI::App& program, const std::shared_ptr<Asked>& asked, Declaring in) {
  static constexpr Front front{.name = "routes"};
  auto& routes =
      add(program, "routes", "List what the running server answers, with cookies and limits.", front, asked, in);
  const auto is_openapi = std::make_shared<bool>(false);  // shared by the flag and the command
  routes.add_flag("--openapi", *is_openapi,
                  "Print the OpenAPI document of a server with these settings instead; needs no server");
  routes.callback([=] {
    in.chosen = [=] {
      return with_config(in.sources, in.output, [&](const EffectiveConfig& loaded) {
        return *is_openapi ? print_openapi(loaded.config)
                           : run_operator_command(loaded.config, front, *asked, in.output);
      });
    };
  });
}

void add_backup(CLI::App& program, const std::shared_ptr<Asked>& asked, Declaring in) {
  auto& backup =
      add(program, "backup", "Copy the database, without the master key, to a new file, also while a server runs.",
          {.name = "backup", .patience = long_patience}, asked, in);
  backup.add_option("FILE", asked->file, "The file to make; it must not be there")
      ->required()
      ->transform([](const std::string& name) { return std::filesystem::absolute(name).string(); });
  auto& restore = *program.add_subcommand("restore", "Make a backup the database of an empty data folder.");
  add_data_options(restore, in.sources);
  add_json_flag(restore, in.output);
  restore.add_option("FILE", asked->file, "A file that 'sallyport backup' made")->required();
  restore.callback([=] {
    in.chosen = [=] {
      return with_config(in.sources, in.output, [&](const EffectiveConfig& loaded) {
        return restore_backup(loaded.config, asked->file, in.output);
      });
    };
  });
}

void add_keys(CLI::App& program, const std::shared_ptr<Asked>& asked, Declaring in) {
  auto& group = add_group(program, "keys", "About keys: list, rotate, export, import.");
  add(group, "list", "List the keys of access tokens; private parts are never shown.", {.name = "keys list"}, asked,
      in);
  const auto front = std::make_shared<Front>(Front{.name = "keys rotate"});
  auto& rotate = add(group, "rotate", "Make the next key of access tokens, which signs once its notice has passed.",
                     front, asked, in);
  auto* const algorithm =
      rotate.add_option("--algorithm", asked->algorithm, "EdDSA, ES256, RS256 or HS256 (token.algorithm)")
          ->check(CLI::IsMember({"EdDSA", "ES256", "RS256", "HS256"}))
          ->option_text("NAME");
  auto* const format = rotate.add_option("--format", asked->format, "jwt or paseto (token.format)")
                           ->check(CLI::IsMember({"jwt", "paseto"}))
                           ->option_text("NAME");
  auto* const now = rotate.add_flag_callback(
      "--now", [asked] { asked->start = "now"; },
      "Sign with it at once: services that keep the key set refuse its tokens until they fetch it again");
  rotate
      .add_flag_callback(
          "--master",
          [front] {
            *front = {.name = "keys rotate --master",
                      .run_alone = [](const Config& config, const Asked&) { return rotate_master_key(config); }};
          },
          "Add a version to the master key instead; only while no server runs on the data")
      ->excludes(algorithm)
      ->excludes(format)
      ->excludes(now);
  const auto absolute = [](const std::string& name) { return std::filesystem::absolute(name).string(); };
  add(group, "export", "Write the master key and all signing keys to a new file.", {.name = "keys export"}, asked, in)
      .add_option("FILE", asked->file, "The file to make; it must not be there")
      ->required()
      ->transform(absolute);
  add(group, "import", "Take in what 'keys export' wrote; only while no server runs on the data.",
      {.name = "keys import",
       .run_alone = [](const Config& config, const Asked& given) { return import_keys(config, given.file); }},
      asked, in)
      .add_option("FILE", asked->file, "A file that 'sallyport keys export' made")
      ->required()
      ->transform(absolute);
}

void add_operator_commands(CLI::App& program, ConfigSources& sources, Output& output, Chosen& chosen) {
  const Declaring in{sources, output, chosen};
  const auto asked = std::make_shared<Asked>();  // shared by the commands, of which one is chosen
  add_user(program, asked, in);
  add_admin(program, asked, in);
  add_audit(program, asked, in);
  add_keys(program, asked, in);
  add_mail(program, asked, in);
  add_backup(program, asked, in);
  add_routes(program, asked, in);
}

void add_migrate(CLI::App& program, ConfigSources& sources, Output& output, Chosen& chosen) {
  auto& command =
      *program.add_subcommand("migrate", "Bring the database up to this version. 'serve' does so too when it starts.");
  add_data_options(command, sources);
  add_json_flag(command, output);
  const auto migration = std::make_shared<Migration>(Migration::apply);  // shared by the flag and the command
  command.add_flag_callback(
      "--check", [migration] { *migration = Migration::only_check; },
      "Change nothing; status 1 if there is something to do, or this version is too old");
  command.callback([&, migration] {
    chosen = [&, migration] {
      return with_config(sources, output,
                         [&](const EffectiveConfig& loaded) { return run_migrate(loaded.config, *migration, output); });
    };
  });
}

void add_health(CLI::App& program, ConfigSources& sources, Output& output, Chosen& chosen) {
  auto& command = *program.add_subcommand(
      "health", "Ask the server whether it is ready; status 1 if not, or if there is no answer in 3 s.");
  add_config_options(command, sources);
  add_json_flag(command, output);
  const auto url = std::make_shared<std::optional<std::string>>();  // shared by the option and the command
  command.add_option("--url", *url, "Ask the server at this origin, not the one of the settings")->option_text("URL");
  command.callback([&, url] {
    chosen = [&, url] {
      return with_config(sources, output,
                         [&](const EffectiveConfig& loaded) { return run_health(loaded.config, *url, output); });
    };
  });
}

/// What a shell can offer for the value of an option or argument, by what the help calls it.
OfferedValues offered_values(const CLI::Option& option) {
  using Kind = OfferedValues::Kind;
  if (option.get_expected_max() == 0) return {Kind::none};
  const auto name =
      option.get_positional() && option.get_option_text().empty() ? option.get_name(true) : option.get_option_text();
  if (name == "FILE") return {Kind::files};
  if (name == "DIR") return {Kind::folders};
  if (name == "KEY=VALUE") return {Kind::settings};
  const auto type = option.get_type_name();  // "TEXT:{pending,active}" of CLI::IsMember
  const auto begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {Kind::unknown};
  return {Kind::words, list_items(type.substr(begin + 1, end - begin - 1))};
}

void describe_options(CommandOutline& outline, const CLI::App& command) {
  for (const auto* option : command.get_options()) {
    CommandOutline::Option described{.names = {}, .what = option->get_description(), .values = offered_values(*option)};
    for (const auto& name : option->get_snames()) described.names.push_back("-" + name);
    for (const auto& name : option->get_lnames()) described.names.push_back("--" + name);
    if (described.names.empty()) outline.argument = std::move(described.values);
    else outline.options.push_back(std::move(described));
  }
}

CommandOutline outline_of(const CLI::App& command) {
  CommandOutline outline{.name = command.get_name(), .what = command.get_description()};
  describe_options(outline, command);
  for (const auto* subcommand : command.get_subcommands([](const CLI::App*) { return true; })) {
    const bool is_option_group = subcommand->get_name().empty();
    if (is_option_group) describe_options(outline, *subcommand);
    else outline.subcommands.push_back(outline_of(*subcommand));
  }
  return outline;
}

void add_completion(CLI::App& program, Chosen& chosen) {
  static const std::map<std::string, Shell> shells{{"bash", Shell::bash}, {"fish", Shell::fish}, {"zsh", Shell::zsh}};
  auto& command = *program.add_subcommand("completion", "Print a script that completes commands in bash, zsh or fish.");
  const auto shell = std::make_shared<std::string>();  // shared by the argument and the command
  command.add_option("SHELL", *shell, "Which one. In ~/.bashrc or ~/.zshrc: source <(sallyport completion bash|zsh)")
      ->required()
      ->check(CLI::IsMember(shells));
  command.callback([&, shell] {
    chosen = [&, shell] {
      std::vector<std::string_view> settings;
      for (const auto& key : config_keys()) settings.push_back(key.name);
      return print(completion_script(shells.at(*shell), outline_of(program), settings));
    };
  });
}

void add_version(CLI::App& program, Chosen& chosen) {
  program.add_subcommand("version", "Print the version.")->callback([&] {
    chosen = [] { return print("sallyport " SALLYPORT_VERSION "\n"); };
  });
}

}  // namespace

int run_command_line(int argc, char** argv, char** environment) {
  CLI::App program("Sallyport: accounts, sign-in and sessions for your product, in one server.", "sallyport");
  program.require_subcommand(1);
  program.footer(
      "Begin with 'sallyport serve'. 'sallyport COMMAND --help' tells more of each command.\n"
      "Status: 0 done, 1 failed or refused, 2 wrong arguments or settings.");
  ConfigSources sources;
  for (char** variable = environment; *variable != nullptr; ++variable) sources.environment.emplace_back(*variable);
  Output output = Output::text;
  Chosen chosen;
  add_serve(program, sources, chosen);
  add_config(program, sources, output, chosen);
  add_operator_commands(program, sources, output, chosen);
  add_migrate(program, sources, output, chosen);
  add_health(program, sources, output, chosen);
  add_completion(program, chosen);
  add_version(program, chosen);

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : usage_status;
  }
  return chosen();
}

}  // namespace sallyport::app
