#include "app/operator_commands.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <system_error>

#include "adapters/sqlite/backup.h"
#include "adapters/system/file_descriptor.h"
#include "adapters/system/picture_folder.h"
#include "app/commands.h"
#include "app/config_sources.h"
#include "app/control_socket.h"
#include "app/data_owner.h"
#include "app/keys.h"
#include "app/mail_commands.h"
#include "core/manual_loop.h"
#include "transport/rest/json_writer.h"

namespace sallyport::app {
namespace {

using boost::json::object;

/// Empty texts were not given.
core::Secret line_of(std::string_view command, const Asked& asked) {
  std::string text;
  transport::rest::JsonWriter json(text);
  text.reserve(max_control_request);  // so that no copy of a password stays behind
  json.begin_object();
  json.member("command");
  json.text(command);
  const std::pair<std::string_view, const std::string*> texts[] = {{"account", &asked.account},
                                                                   {"email", &asked.email},
                                                                   {"display_name", &asked.display_name},
                                                                   {"role", &asked.role},
                                                                   {"locale", &asked.locale},
                                                                   {"timezone", &asked.timezone},
                                                                   {"status", &asked.status},
                                                                   {"query", &asked.query},
                                                                   {"after", &asked.after},
                                                                   {"file", &asked.file},
                                                                   {"algorithm", &asked.algorithm},
                                                                   {"format", &asked.format},
                                                                   {"start", &asked.start},
                                                                   {"mail", &asked.mail}};
  for (const auto& [name, value] : texts) {
    if (value->empty()) continue;
    json.member(name);
    json.text(*value);
  }
  if (asked.limit != 0) {
    json.member("limit");
    json.integer(asked.limit);
  }
  const std::pair<std::string_view, const std::vector<std::string>*> lists[] = {{"files", &asked.files},
                                                                                {"clear", &asked.clear}};
  for (const auto& [name, values] : lists) {
    if (values->empty()) continue;
    json.member(name);
    json.begin_array();
    for (const auto& value : *values) json.text(value);
    json.end_array();
  }
  if (asked.password) {
    json.member("password");
    json.text(asked.password->reveal());
  }
  json.end_object();
  core::Secret line(text);
  OPENSSL_cleanse(text.data(), text.size());
  return line;
}

// --- running

/// Services on the data itself, for commands that no server can be asked.
class OpenedServices {
 public:
  /// Opens the data as `serve` would. Nothing is made where there is none, unless it may.
  static core::Result<std::unique_ptr<OpenedServices>> open(const Config& config, bool may_create_data) {
    std::error_code ignored;
    if (!may_create_data && !std::filesystem::exists(std::filesystem::path(config.data) / database_name, ignored))
      return core::refuse(core::Fault::conflict, "data_unusable",
                          "there is no database in " + config.data + "; name its folder with --data");
    if (belongs_to_another_user(config.data))
      return core::refuse(core::Fault::conflict, "data_unusable", foreign_data_sentence(config.data));
    auto data = open_data(config);
    if (!data && data.error().code == "data_in_use")
      data.error().log_detail += ", which does not listen on its control socket; perhaps it is starting or ending";
    if (!data) return core::fail(std::move(data));
    return std::unique_ptr<OpenedServices>(new OpenedServices(config, std::move(*data)));
  }
  ~OpenedServices() {
    services_.stop();
    while (loop_.turn()) {
    }
  }
  std::string run(core::Secret line) { return loop_.run(answer_command(services_, std::move(line))); }

 private:
  OpenedServices(const Config& config, OpenedData data)
      : services_(config, std::move(data), [](const std::string&) {}), loop_(services_.clock) {}
  Services services_;
  core::ManualLoop loop_;
};

/// Asks the server that holds the data, or where none does the data itself, which stay open for the next request.
class Requests {
 public:
  Requests(const Config& config, const Front& front) : config_(config), front_(front) {}
  core::Result<std::string> run(const Asked& asked) {
    auto line = line_of(front_.name, asked);
    if (opened_ == nullptr) {
      if (auto answer = ask_server(config_.data, line, front_.patience)) return std::move(*answer);
      auto opened = OpenedServices::open(config_, front_.may_create_data);
      if (!opened) return core::fail(std::move(opened));
      opened_ = std::move(*opened);
    }
    return opened_->run(std::move(line));
  }

 private:
  const Config& config_;
  const Front& front_;
  std::unique_ptr<OpenedServices> opened_;
};

core::Result<std::string> run_command(const Config& config, const Front& front, const Asked& asked) {
  if (front.run_alone != nullptr) return front.run_alone(config, asked);
  return Requests(config, front).run(asked);
}

int print_result(std::string_view command, const object& result);
int deliver_checkpoint(const object& result, const std::string& file);

int show(const core::Result<std::string>& answer, const Front& front, const Asked& asked, Output output) {
  if (!answer) return complain(answer.error(), output);
  boost::system::error_code malformed;
  const auto parsed = boost::json::parse(*answer, malformed);
  const auto* const document = malformed ? nullptr : parsed.if_object();
  if (document == nullptr) return complain("the server's answer is not to be understood");
  if (const auto* error = document->if_contains("error")) {
    if (output == Output::json) print(*answer + '\n');
    else complain(error->at("message").as_string());
    return 1;
  }
  const auto& result = document->at("result").as_object();
  if (front.name == "audit checkpoint") return deliver_checkpoint(result, asked.output);
  if (output != Output::json) return print_result(front.name, result);
  print(boost::json::serialize(result) + '\n');
  for (const auto* const verdict : {"is_intact", "is_taken"}) {
    const auto* const is_good = result.if_contains(verdict);
    if (is_good != nullptr && !is_good->as_bool()) return 1;
  }
  return 0;
}

/// Prints the accounts of all pages, a line of JSON each.
int list_every_user(const Config& config, const Front& front, Asked& asked) {
  static constexpr std::int64_t page = 1'000;
  Requests requests(config, front);
  asked.limit = page;
  for (;;) {
    const auto answer = requests.run(asked);
    if (!answer) return complain(answer.error(), Output::json);
    boost::system::error_code malformed;
    const auto document = boost::json::parse(*answer, malformed);
    if (malformed || !document.is_object() || !document.as_object().contains("result")) {
      print(*answer + '\n');
      return 1;
    }
    const auto& result = document.at("result").as_object();
    std::string lines;
    for (const auto& user : result.at("users").as_array()) (lines += boost::json::serialize(user)) += '\n';
    print(lines);
    const auto* next = result.if_contains("next");
    if (next == nullptr) return 0;
    asked.after = next->as_string();
  }
}

// --- printing

std::string text_of(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return printable(*text);
  return boost::json::serialize(value);
}

std::string text_of(const object& row, std::string_view column) {
  const auto* const value = row.if_contains(column);
  return value == nullptr ? "-" : text_of(*value);
}

/// Text of several lines without what could confuse a terminal.
std::string printable_lines(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    for (const unsigned char c : text.substr(0, end))
      if (c >= ' ' && c != 0x7F) lines += static_cast<char>(c);
    lines += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Columns as wide as their widest value; `head` names the members and, in capitals, heads the columns.
int print_table(const boost::json::array& rows, std::initializer_list<std::string_view> head) {
  std::vector<std::vector<std::string>> lines;
  auto& heading = lines.emplace_back();
  for (const auto name : head) {
    auto& title = heading.emplace_back(name);
    std::ranges::transform(title, title.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  }
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (const auto name : head) line.push_back(text_of(row.as_object(), name));
  }
  std::vector<std::size_t> widths(head.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) text += fmt::format("{:<{}}  ", line[i], widths[i]);
    print(text.erase(text.find_last_not_of(' ') + 1) + '\n');
  }
  return 0;
}

int print_users(const object& result) {
  print_table(result.at("users").as_array(), {"id", "email", "role", "status", "created_at", "display_name"});
  if (const auto* next = result.if_contains("next")) print("more: --after " + text_of(*next) + '\n');
  return 0;
}

int print_user(const object& result) {
  for (const auto& [name, value] : result.at("user").as_object()) {
    print(fmt::format("{:<15} {}\n", std::string_view(name), text_of(value)));
  }
  if (const auto* ended = result.if_contains("sessions_ended"))
    print(fmt::format("{:<15} {}\n", "sessions ended", text_of(*ended)));
  return 0;
}

int print_sessions(const object& result) {
  return print_table(result.at("sessions").as_array(),
                     {"id", "device_name", "device_type", "ip", "created_at", "last_seen_at", "expires_at"});
}

int print_events(const object& result) {
  return print_table(result.at("events").as_array(), {"at", "event", "account", "actor", "session", "ip"});
}

int print_verdict(const object& result) {
  for (const auto& found : result.at("breaks").as_array()) print(std::string(found.at("message").as_string()) + '\n');
  const bool is_intact = result.at("is_intact").as_bool();
  print(fmt::format("{} rows in {} streams, {} checkpoints: {}\n", text_of(result, "rows"), text_of(result, "streams"),
                    text_of(result, "checkpoints"), is_intact ? "intact" : "BROKEN"));
  return is_intact ? 0 : 1;
}

/// Prints it, or writes it to a file that is not there yet.
int deliver_checkpoint(const object& result, const std::string& file) {
  const auto text = boost::json::serialize(result) + '\n';
  if (file.empty()) return print(text);
  const system_adapter::FileDescriptor output(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (output.get() < 0) return complain("cannot make " + file + ": " + std::generic_category().message(errno));
  const bool is_written =
      ::write(output.get(), text.data(), text.size()) == std::ssize(text) && ::fsync(output.get()) == 0;
  return is_written ? 0 : complain("cannot write " + file + ": " + std::generic_category().message(errno));
}

int print_backup(const object& result) {
  print(
      fmt::format("{} ({} bytes)\nThe master key is not in it, and without the key it is of no use: keep a copy of "
                  "that too, apart.\n",
                  text_of(result, "file"), text_of(result, "bytes")));
  return 0;
}

int print_setup_token(const object& result) {
  return print(fmt::format("{}\nIt is good until {} for one use, at the path /setup of the server.\n",
                           text_of(result, "token"), text_of(result, "expires_at")));
}

int print_keys(const object& result) {
  return print_table(result.at("keys").as_array(), {"kid", "state", "format", "algorithm", "audience", "active_from",
                                                    "active_until", "published_until"});
}

int print_rotated_key(const object& result) {
  const auto begin = text_of(result, "active_from");
  const auto max_age = text_of(result, "key_set_max_age");
  print(fmt::format("{} ({}, {}) signs from {} on.\n", text_of(result, "kid"), text_of(result, "format"),
                    text_of(result, "algorithm"), begin));
  return result.contains("starts_at_once") && result.at("starts_at_once").as_bool()
             ? print(fmt::format("Services that keep the key set refuse its tokens until they fetch it again, which "
                                 "may take {} s. Tokens of the key before stay valid until they expire.\n",
                                 max_age))
             : print("It is published from now on; nothing else is to be done.\n");
}

int print_exported_keys(const object& result) {
  return print(
      fmt::format("{} ({} signing keys, {} versions of the master key)\nWhoever has it can sign tokens and, "
                  "with the database, guess passwords: keep it apart from both, and not for longer than you "
                  "need it.\n",
                  text_of(result, "file"), text_of(result, "signing_keys"), text_of(result, "master_key_versions")));
}

int print_imported_keys(const object& result) {
  return print(fmt::format("{} signing keys added; the master key is {}.\n", text_of(result, "signing_keys_added"),
                           text_of(result, "master_key")));
}

int print_rotated_master_key(const object& result) {
  return print(
      fmt::format("Version {} of the master key is in {}; {} signing keys are sealed under it.\nThe versions "
                  "before it stay there, since what was made with them goes on. Keep a copy, apart.\n",
                  text_of(result, "version"), text_of(result, "master_key"), text_of(result, "signing_keys_resealed")));
}

int print_mails(const object& result) {
  print_table(result.at("mails").as_array(),
              {"id", "kind", "state", "created_at", "due_at", "attempts", "account", "last_error"});
  if (const auto* next = result.if_contains("next")) print("more: --after " + text_of(*next) + '\n');
  return 0;
}

int print_mail(const object& result) {
  for (const auto& [name, value] : result.at("mail").as_object()) {
    print(fmt::format("{:<15} {}\n", std::string_view(name), text_of(value)));
  }
  const auto* const text = result.if_contains("text");
  if (text == nullptr) return print("\nIts contents are gone, since it was delivered.\n");
  print(fmt::format("{:<15} {}\n{:<15} {}\n\n", "to", text_of(result, "to"), "subject", text_of(result, "subject")));
  return print(printable_lines(text->as_string()));
}

int print_test(const object& result) {
  const bool is_taken = result.at("is_taken").as_bool();
  print(fmt::format("{} {} the mail: {}\n", text_of(result, "server"), is_taken ? "has taken" : "has not taken",
                    text_of(result, "reason")));
  return is_taken ? 0 : 1;
}

int print_result(std::string_view command, const object& result) {
  if (command == "routes") return print_table(result.at("routes").as_array(), {"method", "path", "cookies", "limit"});
  if (command == "mail list") return print_mails(result);
  if (command == "mail show") return print_mail(result);
  if (command == "mail retry") return print(fmt::format("{} to be sent again\n", text_of(result, "retried")));
  if (command == "mail test") return print_test(result);
  if (command == "user list") return print_users(result);
  if (command == "user sessions") return print_sessions(result);
  if (command == "audit list") return print_events(result);
  if (command == "audit verify") return print_verdict(result);
  if (command == "admin setup") return print_setup_token(result);
  if (command == "backup") return print_backup(result);
  if (command == "keys list") return print_keys(result);
  if (command == "keys rotate") return print_rotated_key(result);
  if (command == "keys export") return print_exported_keys(result);
  if (command == "keys import") return print_imported_keys(result);
  if (command == "keys rotate --master") return print_rotated_master_key(result);
  return print_user(result);
}

// --- asking

/// A line from the terminal without echo, or from standard input. Nothing at its end.
std::optional<core::Secret> read_password(bool is_from_stdin, const char* prompt) {
  termios before{};
  if (!is_from_stdin) {
    if (::tcgetattr(STDIN_FILENO, &before) != 0) return std::nullopt;
    std::fputs(prompt, stderr);
    auto silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  auto buffer = core::Secret::of_size(4'096);
  std::size_t size = 0;
  bool is_ended = false;
  while (!is_ended && size < buffer.size()) {
    is_ended = ::read(STDIN_FILENO, buffer.writable().data() + size, 1) != 1 || buffer.reveal()[size] == '\n';
    if (!is_ended) ++size;
  }
  if (!is_from_stdin) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fputs("\n", stderr);
  }
  return size == 0 ? std::nullopt : std::optional(core::Secret(buffer.reveal().substr(0, size)));
}

/// Empty, or what is wrong.
std::string ask_password(Asked& asked) {
  asked.password = read_password(asked.is_password_from_stdin, "Password: ");
  if (!asked.password) return "no password: type it on a terminal, or give it on standard input with --password-stdin";
  if (asked.is_password_from_stdin) return {};
  const auto again = read_password(false, "Again: ");
  return again && again->reveal() == asked.password->reveal() ? "" : "the two passwords differ";
}

}  // namespace

int run_operator_command(const Config& config, const Front& front, Asked& asked, Output output) {
  ::umask(077);  // what is made is nobody else's
  if (front.asks_password) {
    if (const auto wrong = ask_password(asked); !wrong.empty()) return complain(wrong);
  }
  if (asked.is_every_one) return list_every_user(config, front, asked);
  return show(run_command(config, front, asked), front, asked, output);
}

int preview_mail(const Config& config, const std::string& kind, const std::string& locale, const std::string& form,
                 Output output) {
  const auto rendering = preview_mail(config, kind, locale.empty() ? std::nullopt : std::optional(locale));
  if (!rendering) return complain(rendering.error(), output);
  const auto& [subject, text, html] = *rendering;
  if (output == Output::json) {
    const object document{{"kind", kind},
                          {"subject", subject},
                          {"text", std::string(text.reveal())},
                          {"html", std::string(html.reveal())}};
    return print(boost::json::serialize(document) + '\n');
  }
  if (form == "html") return print(std::string(html.reveal()));
  return print("Subject: " + subject + "\n\n" + std::string(text.reveal()));
}

namespace {

/// What came of a restoration.
struct Restored {
  std::string database;
  std::string missing_key;  ///< where the master key has to be brought to; empty if it is there and fits
};

core::Result<Restored> restore_and_check(const Config& config, const std::string& file) {
  auto folder = system_adapter::DataDirectory::open(config.data);
  if (!folder && folder.error().code == "data_in_use")
    folder.error().log_detail += "; end it, or restore into another folder with --data";
  if (!folder) return core::fail(std::move(folder));
  Restored done{.database = (folder->path() / database_name).string(), .missing_key = {}};
  auto restored =
      sqlite::restore(file, done.database, [&config](const avatars::PictureObject& object, std::string_view bytes) {
        return system_adapter::write_picture(config.data, object, bytes);
      });
  if (!restored && restored.error().code == "data_not_empty")
    restored.error().log_detail += "; restore into an empty folder with --data";
  if (!restored) return core::fail(std::move(restored));
  system_adapter::SystemRandom random;
  const system_adapter::SystemClock clock;
  sqlite::Connection connection(done.database, sqlite::Access::read_write);
  const auto source = master_key_source(folder->path());
  auto master = load_master_key(folder->path(), connection, random);
  if (!master && master.error().code == "master_key_missing") {
    done.missing_key = source;
    return done;
  }
  const auto explain = [&](core::Error error) {
    error.log_detail = "restored " + done.database + ", but " + error.log_detail;
    return std::unexpected(std::move(error));
  };
  if (!master) return explain(std::move(master).error());
  auto checked = check_master_key(crypto::Keyring(std::move(*master)), connection, source, clock.now());
  if (!checked) return explain(std::move(checked).error());
  return done;
}

}  // namespace

int restore_backup(const Config& config, const std::string& file, Output output) {
  ::umask(077);
  const auto done = restore_and_check(config, file);
  if (!done) return complain(done.error(), output);
  if (output == Output::json) {
    std::string line;
    transport::rest::JsonWriter json(line);
    json.begin_object();
    json.member("database");
    json.text(done->database);
    json.member("master_key_fits");
    json.boolean(done->missing_key.empty());
    if (!done->missing_key.empty()) {
      json.member("master_key_wanted_at");
      json.text(done->missing_key);
    }
    json.end_object();
    return print(line + '\n');
  }
  return print(fmt::format("restored {}\n{}\n", done->database,
                           done->missing_key.empty() ? "The master key fits; 'sallyport serve' can start."
                                                     : "Bring the master key it was made with before you start: " +
                                                           done->missing_key + ", mode 0600"));
}

}  // namespace sallyport::app
