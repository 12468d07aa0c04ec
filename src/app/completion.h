#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::app {

enum class Shell { bash, zsh, fish };

/// What a shell can offer for a value.
struct OfferedValues {
  enum class Kind { none, unknown, words, files, folders, settings };  ///< `none`: there is no value
  Kind kind = Kind::none;
  std::vector<std::string> words{};  ///< of `words`
};

/// A command line as completion sees it.
struct CommandOutline {
  struct Option {
    std::vector<std::string> names;  ///< "-h", "--help"
    std::string what;
    OfferedValues values{};
  };
  std::string name, what;
  std::vector<Option> options{};
  OfferedValues argument{};  ///< of the argument without a name, if there is one
  std::vector<CommandOutline> subcommands{};
};

/// A script that completes `program` in that shell. `settings` are the keys after an option of that kind.
std::string completion_script(Shell shell, const CommandOutline& program, std::span<const std::string_view> settings);

}  // namespace sallyport::app
