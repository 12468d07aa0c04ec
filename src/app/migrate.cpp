#include "app/migrate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <filesystem>

#include "adapters/sqlite/connection.h"
#include "adapters/system/data_directory.h"
#include "app/data_owner.h"
#include "app/services.h"
#include "transport/rest/json_writer.h"

namespace sallyport::app {
namespace {

using core::Result;
using sqlite::SchemaState;

/// Where the schema was and is.
struct Outcome {
  std::int64_t from;
  SchemaState now;
};

Result<Outcome> check(const std::filesystem::path& file) {
  // Without a file the whole schema is pending; opening would make one. Beside a server reading must leave the
  // checkpoints to it.
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    sqlite::Connection nothing(":memory:", sqlite::Access::read_write);
    return Outcome{0, schema_state(nothing)};
  }
  const auto folder = system_adapter::DataDirectory::open(file.parent_path());
  sqlite::Connection connection(file.string(), folder ? sqlite::Access::read_write : sqlite::Access::read_only);
  auto state = schema_state(connection);
  const auto found = state.found;
  return Outcome{found, std::move(state)};
}

Result<Outcome> apply(const std::filesystem::path& file) {
  auto folder = system_adapter::DataDirectory::open(file.parent_path());
  if (!folder && folder.error().code == "data_in_use")
    return core::refuse(core::Fault::conflict, "data_in_use",
                        folder.error().log_detail + "; end it first, or let the next start migrate");
  if (!folder) return core::fail(std::move(folder));
  sqlite::Connection connection(file.string(), sqlite::Access::read_write);
  const auto from = schema_state(connection).found;
  migrate(connection);
  return Outcome{from, schema_state(connection)};
}

Result<Outcome> run(const Config& config, Migration migration) {
  if (belongs_to_another_user(config.data))
    return core::refuse(core::Fault::conflict, "data_unusable", foreign_data_sentence(config.data));
  const auto file = std::filesystem::path(config.data) / database_name;
  try {
    return migration == Migration::apply ? apply(file) : check(file);
  } catch (const std::exception& error) {
    return core::refuse(core::Fault::conflict, "store_unavailable",
                        "cannot migrate the database in " + config.data + ": " + error.what());
  }
}

std::string json_of(const Outcome& outcome) {
  std::string line;
  transport::rest::JsonWriter json(line);
  json.begin_object();
  json.member("from");
  json.integer(outcome.from);
  json.member("schema");
  json.integer(outcome.now.found);
  json.member("newest_known");
  json.integer(outcome.now.known);
  json.member("pending");
  json.begin_array();
  for (const auto& name : outcome.now.pending) json.text(name);
  json.end_array();
  json.member("needs_newer_program");
  json.boolean(outcome.now.needs_newer_program);
  json.end_object();
  return line + '\n';
}

std::string text_of(const Outcome& outcome) {
  const auto& [from, now] = outcome;
  if (now.needs_newer_program)
    return fmt::format("the schema is {}, which needs a newer version of sallyport (this one knows up to {})\n",
                       now.found, now.known);
  if (!now.pending.empty())
    return fmt::format("the schema is {} of {}; pending: {}. 'sallyport migrate' applies them, as a start does\n",
                       now.found, now.known, fmt::join(now.pending, ", "));
  if (from == now.found) return fmt::format("the schema is {}; nothing to do\n", now.found);
  return fmt::format("the schema was {} and is {} now\n", from, now.found);
}

}  // namespace

int run_migrate(const Config& config, Migration migration, Output output) {
  ::umask(077);
  const auto done = run(config, migration);
  if (!done) return complain(done.error(), output);
  print(output == Output::json ? json_of(*done) : text_of(*done));
  return done->now.needs_newer_program || !done->now.pending.empty() ? 1 : 0;
}

}  // namespace sallyport::app
