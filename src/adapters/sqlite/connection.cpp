#include "adapters/sqlite/connection.h"

#include <sqlite3.h>

#include <mutex>
#include <stdexcept>

#include "migrations.h"

namespace sallyport::sqlite {
namespace {

[[noreturn]] void throw_error(sqlite3* database, int code) {
  throw DatabaseError(database != nullptr ? sqlite3_extended_errcode(database) : code,
                      database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code));
}

std::int64_t user_version(sqlite3* database) {
  Statement pragma(database, "PRAGMA user_version");
  return pragma.one([](const Statement& row) { return row.get<std::int64_t>(0); });
}

/// Settings of the library that must come before its first use: no statistics of memory, whose lock was a twelfth of a
/// write's time.
void configure_library() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

}  // namespace

void Connection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Connection::Connection(const std::string& file, Access access, const std::string& vfs) {
  configure_library();
  sqlite3* opened = nullptr;
  // Readers open for writing too, since WAL's index is shared memory they take part in; query_only keeps them to
  // reading.
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (access == Access::read_write ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, vfs.empty() ? nullptr : vfs.c_str());
  database_.reset(opened);
  if (code != SQLITE_OK) throw_error(opened, code);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, 5'000);  // before journal_mode: another connection may just be closing
  if (access == Access::read_write) {
    execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON;"
        "PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456; PRAGMA secure_delete = ON; PRAGMA temp_store = "
        "MEMORY");
  } else {
    execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096; PRAGMA mmap_size = 268435456");
    // Only the writer checkpoints (design: the WAL-reset race of SQLite before 3.51.3), so a reader must not on
    // closing.
    sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  queries_ = std::make_unique<Queries>(opened);
}

void Connection::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw_error(database_.get(), SQLITE_ERROR);
  }
}

SchemaState schema_state(Connection& connection) {
  SchemaState state{.found = user_version(connection.handle()),
                    .known = static_cast<std::int64_t>(migrations().size()),
                    .needs_newer_program = false,
                    .pending = {}};
  if (state.found > state.known)
    state.needs_newer_program = connection.queries().find_schema_info().min_reader > state.known;
  for (const auto& migration : migrations()) {
    if (migration.number > state.found) state.pending.emplace_back(migration.name);
  }
  return state;
}

void migrate(Connection& connection) {
  connection.execute("BEGIN IMMEDIATE");
  try {
    const auto schema = schema_state(connection);
    if (schema.needs_newer_program) {
      throw std::runtime_error("the database has schema " + std::to_string(schema.found) +
                               ", which needs a newer version of sallyport" + " (this one knows schemas up to " +
                               std::to_string(schema.known) + ")");
    }
    for (const auto& migration : migrations()) {
      if (migration.number <= schema.found) continue;
      connection.execute(std::string(migration.sql));
      connection.execute("PRAGMA user_version = " + std::to_string(migration.number));
    }
    connection.execute("COMMIT");
  } catch (...) {
    sqlite3_exec(connection.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

}  // namespace sallyport::sqlite
