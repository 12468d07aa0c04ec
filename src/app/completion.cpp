#include "app/completion.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

namespace sallyport::app {
namespace {

using Kind = OfferedValues::Kind;
using Option = CommandOutline::Option;

/// A command with the names that lead to it: "/user/list"; the program itself is "".
using Visit = std::function<void(const std::string& place, const CommandOutline& command)>;

void for_each_command(const CommandOutline& command, const std::string& place, const Visit& visit) {
  visit(place, command);
  for (const auto& subcommand : command.subcommands) for_each_command(subcommand, place + '/' + subcommand.name, visit);
}

std::string joined(const auto& words, std::string_view separator, std::string_view behind_each = "") {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += separator;
    text.append(word).append(behind_each);
  }
  return text;
}

std::vector<std::string> names_of(const std::vector<CommandOutline>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const auto& command : commands) names.push_back(command.name);
  return names;
}

/// In single quotes, as bash and zsh read them.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// In single quotes, as fish reads them.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

/// The cases that follow the words typed so far: a subcommand is gone into, an option that takes a value is remembered.
std::string walk_cases(const CommandOutline& program) {
  std::string commands, options;
  for_each_command(program, "", [&](const std::string& place, const CommandOutline& command) {
    for (const auto& subcommand : command.subcommands)
      commands += fmt::format("{}{}/{}", commands.empty() ? "" : "|", place, subcommand.name);
    for (const auto& option : command.options) {
      if (option.values.kind == Kind::none) continue;
      for (const auto& name : option.names) options += fmt::format("{}{}/{}", options.empty() ? "" : "|", place, name);
    }
  });
  return fmt::format("      {}) at+=/$word ;;\n      {}) option=$word ;;\n", commands, options);
}

/// The cases that offer the value of an option, and of an argument, in bash and zsh. `offer` writes one of a kind.
std::string value_cases(const CommandOutline& program, const std::function<std::string(const OfferedValues&)>& offer) {
  std::string cases;
  for_each_command(program, "", [&](const std::string& place, const CommandOutline& command) {
    const auto add = [&](const std::string& name, const OfferedValues& values) {
      if (values.kind != Kind::none && values.kind != Kind::unknown)
        cases += fmt::format("    {}/{}) {} ;;\n", place, name, offer(values));
    };
    for (const auto& option : command.options) {
      for (const auto& name : option.names) add(name, option.values);
    }
    add("", command.argument);
  });
  return cases;
}

std::string bash_script(const CommandOutline& program, std::span<const std::string_view> settings) {
  const auto values = value_cases(program, [](const OfferedValues& values) -> std::string {
    switch (values.kind) {
      case Kind::files:
        return "_sallyport_files -f";
      case Kind::folders:
        return "_sallyport_files -d";
      case Kind::settings:
        return "_sallyport_words \"$_sallyport_settings\"; compopt -o nospace";
      case Kind::words:
        return fmt::format("_sallyport_words {}", quoted(joined(values.words, " ")));
      case Kind::none:
      case Kind::unknown:
        break;
    }
    return ":";
  });
  std::string words;
  for_each_command(program, "", [&](const std::string& place, const CommandOutline& command) {
    std::vector<std::string> options;
    for (const auto& option : command.options) options.insert(options.end(), option.names.begin(), option.names.end());
    words += fmt::format("    {}:-) _sallyport_words {} ;;\n", place, quoted(joined(options, " ")));
    if (!command.subcommands.empty())
      words +=
          fmt::format("    {}:) _sallyport_words {} ;;\n", place, quoted(joined(names_of(command.subcommands), " ")));
  });
  return fmt::format(R"(# Completes sallyport in bash. To use it: source <(sallyport completion bash)
_sallyport_settings={}
_sallyport_words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }}
_sallyport_files() {{
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
  compopt -o filenames
}}
_sallyport() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} at= option= word i is_value= kind=
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    if [[ $word == = ]]; then is_value=1; continue; fi  # to readline "=" is a word of its own
    if [[ -n $is_value || -n $option ]]; then is_value= option=; continue; fi
    case $at/$word in
{}    esac
  done
  if [[ $cur == = ]]; then cur= is_value=1; fi
  if [[ -n $is_value && -z $option ]]; then return; fi  # what a setting is set to
  if [[ -z $option && $cur == -* ]]; then kind=-; fi
  if [[ -n $option || -z $kind ]]; then
    case $at/$option in
{}    esac
  fi
  if [[ -n $option ]]; then return; fi
  case $at:$kind in
{}  esac
}}
complete -F _sallyport sallyport
)",
                     quoted(joined(settings, " ", "=")), walk_cases(program), values, words);
}

std::string zsh_script(const CommandOutline& program, std::span<const std::string_view> settings) {
  const auto values = value_cases(program, [&](const OfferedValues& values) -> std::string {
    switch (values.kind) {
      case Kind::files:
        return "_files";
      case Kind::folders:
        return "_files -/";
      case Kind::settings:
        return fmt::format("compadd -S '' -- {}", joined(settings, " ", "="));
      case Kind::words:
        return fmt::format("compadd -- {}", joined(values.words, " "));
      case Kind::none:
      case Kind::unknown:
        break;
    }
    return ":";
  });
  const auto described = [](std::string_view name, std::string_view what) {
    std::string escaped;
    for (const char c : name) escaped += c == ':' ? std::string("\\:") : std::string(1, c);
    return quoted(fmt::format("{}:{}", escaped, what));
  };
  std::string words;
  for_each_command(program, "", [&](const std::string& place, const CommandOutline& command) {
    std::string options, subcommands;
    for (const auto& option : command.options) {
      for (const auto& name : option.names) options += ' ' + described(name, option.what);
    }
    for (const auto& subcommand : command.subcommands) subcommands += ' ' + described(subcommand.name, subcommand.what);
    words += fmt::format("    {}:-) offers=({}) ;;\n", place, options);
    if (!subcommands.empty()) words += fmt::format("    {}:) offers=({}) ;;\n", place, subcommands);
  });
  return fmt::format(R"(#compdef sallyport
# Completes sallyport in zsh. To use it: source <(sallyport completion zsh), after compinit; or save it as _sallyport in
# a folder of $fpath.
_sallyport() {{
  local cur=$words[CURRENT] at= option= word i kind=
  local -a offers
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ -n $option ]]; then option=; continue; fi
    case $at/$word in
{}    esac
  done
  if [[ -z $option && $cur == --*=* ]]; then
    option=${{cur%%=*}}
    compset -P 1 '*='
  fi
  if [[ -z $option && $cur == -* ]]; then kind=-; fi
  if [[ -n $option || -z $kind ]]; then
    case $at/$option in
{}    esac
  fi
  if [[ -n $option ]]; then return; fi
  case $at:$kind in
{}  esac
  if (( $#offers )); then _describe -o 'sallyport' offers; fi
}}
if [[ $funcstack[1] == _sallyport ]]; then _sallyport "$@"; else compdef _sallyport sallyport; fi
)",
                     walk_cases(program), values, words);
}

std::string fish_script(const CommandOutline& program, std::span<const std::string_view> settings) {
  std::string lines, commands, options;
  const auto values_of = [&](const OfferedValues& values) -> std::string {
    switch (values.kind) {
      case Kind::none:
        return "";
      case Kind::unknown:
        return " -x";
      case Kind::words:
        return fmt::format(" -x -a {}", fish_quoted(joined(values.words, " ")));
      case Kind::files:
        return " -r -F";
      case Kind::folders:
        return " -x -a '(__fish_complete_directories)'";
      case Kind::settings:
        return fmt::format(" -x -a {}", fish_quoted(joined(settings, " ", "=")));
    }
    std::unreachable();
  };
  for_each_command(program, "", [&](const std::string& place, const CommandOutline& command) {
    const auto begin = fmt::format("complete -c sallyport -n '__sallyport_at \"{}\"'", place);
    for (const auto& subcommand : command.subcommands) {
      commands += fmt::format(" {}/{}", place, subcommand.name);
      lines += fmt::format("{} -a {} -d {}\n", begin, subcommand.name, fish_quoted(subcommand.what));
    }
    for (const auto& option : command.options) {
      auto names = std::string();
      for (const auto& name : option.names) {
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
        if (option.values.kind != Kind::none) options += fmt::format(" {}/{}", place, name);
      }
      lines += fmt::format("{}{}{} -d {}\n", begin, names, values_of(option.values), fish_quoted(option.what));
    }
    if (command.argument.kind == Kind::files) lines += begin + " -F\n";
    if (command.argument.kind == Kind::words)
      lines += fmt::format("{} -a {}\n", begin, fish_quoted(joined(command.argument.words, " ")));
  });
  return fmt::format(R"(# Completes sallyport in fish. To use it: sallyport completion fish | source
function __sallyport_at
  set -l at ''
  set -l is_value no
  for word in (commandline -opc)[2..]
    if test $is_value = yes
      set is_value no
    else if contains -- "$at/$word"{}
      set at "$at/$word"
    else if contains -- "$at/$word"{}
      set is_value yes
    end
  end
  test "$at" = "$argv[1]"
end
complete -c sallyport -f
{})",
                     commands, options, lines);
}

}  // namespace

std::string completion_script(Shell shell, const CommandOutline& program, std::span<const std::string_view> settings) {
  switch (shell) {
    case Shell::bash:
      return bash_script(program, settings);
    case Shell::zsh:
      return zsh_script(program, settings);
    case Shell::fish:
      return fish_script(program, settings);
  }
  std::unreachable();
}

}  // namespace sallyport::app
