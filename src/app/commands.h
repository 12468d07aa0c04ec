#pragma once

#include <optional>
#include <string>

#include "app/services.h"
#include "core/secret.h"
#include "transport/rest/json_schema.h"

namespace sallyport::app {

/// What the command line asks of a server, or of the data itself when none runs: a command's name and its arguments, as
/// one JSON object on one line. Which arguments a command looks at stands with it in commands.cpp.
struct CommandRequest {
  std::string command;
  std::optional<std::string> account;  ///< an id or an address
  std::optional<std::string> email;
  std::optional<std::string> display_name;
  std::optional<core::Secret> password;
  std::optional<std::string> role;
  std::optional<std::string> locale;
  std::optional<std::string> timezone;
  std::optional<std::vector<std::string>> clear;  ///< the fields of an account that are to be empty
  std::optional<std::string> status;
  std::optional<std::string> query;
  std::optional<std::string> after;
  std::optional<std::int64_t> limit;
  std::optional<std::string> mail;                ///< an id
  std::optional<std::string> file;                ///< absolute
  std::optional<std::vector<std::string>> files;  ///< likewise
  std::optional<std::string> algorithm;           ///< as `token.algorithm`
  std::optional<std::string> format;              ///< as `token.format`
  std::optional<std::string> start;               ///< "now", or left out
  static constexpr transport::rest::JsonLimit limits[] = {{"limit", 1, 1'000}, {"clear", 0, 3}, {"files", 0, 64}};
};
BOOST_DESCRIBE_STRUCT(CommandRequest, (),
                      (command, account, email, display_name, password, role, locale, timezone, clear, status, query,
                       after, limit, mail, file, files, algorithm, format, start))

/// Runs a request. The answer is one line of JSON without its end: `{"result":{...}}`, or
/// `{"error":{"code":"...","message":"..."}}` with a sentence for the operator.
core::Task<std::string> answer_command(Services& services, core::Secret request);

}  // namespace sallyport::app
