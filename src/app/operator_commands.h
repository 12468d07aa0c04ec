#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/output.h"
#include "core/secret.h"

namespace sallyport::app {

inline constexpr std::chrono::seconds usual_patience{30};
inline constexpr std::chrono::minutes mail_patience{10};  ///< smtp.timeout may be five
inline constexpr std::chrono::hours long_patience{24};    ///< of a backup, a verification

/// The arguments of one command, as they are collected and asked for.
struct Asked {
  std::string account, email, display_name, role, locale, timezone, status, query, after, mail, file, output, algorithm,
      format, start;
  std::vector<std::string> files, clear;
  std::int64_t limit = 0;
  bool is_password_from_stdin = false;
  bool is_every_one = false;   ///< of `user list`: all of them, a line each
  bool is_all_failed = false;  ///< of `mail retry`, which then has no `mail`
  std::optional<core::Secret> password;
};

/// A command as the command line knows it.
struct Front {
  std::string_view name;
  std::chrono::seconds patience = usual_patience;
  bool asks_password = false;
  bool may_create_data = false;
  /// Of a command that wants the data for itself: gives an answer line as a server would.
  std::string (*run_alone)(const Config&, const Asked&) = nullptr;
};

/// Runs a command on the server that holds the data folder, through its control socket, or where none does on the data
/// itself, and prints what came of it. The exit status.
int run_operator_command(const Config& config, const Front& front, Asked& asked, Output output);

/// Prints an example of a kind of mail as it would be sent. The exit status.
int preview_mail(const Config& config, const std::string& kind, const std::string& locale, const std::string& form,
                 Output output);

/// Makes a backup the database of an empty data folder, and says what is left to do. The exit status.
int restore_backup(const Config& config, const std::string& file, Output output);

}  // namespace sallyport::app
