#pragma once

#include <memory>
#include <string>
#include <vector>

#include "queries.h"

struct sqlite3;

namespace sallyport::sqlite {

enum class Access { read_write, read_only };

/// One connection with this server's settings and its prepared queries. Used by one thread. Everything throws
/// `DatabaseError`.
class Connection {
 public:
  /// Opens, creating the file if it may write. `vfs` names a SQLite VFS; empty is the default one.
  Connection(const std::string& file, Access access, const std::string& vfs = {});

  Queries& queries() { return *queries_; }
  sqlite3* handle() { return database_.get(); }
  /// Runs statements that return nothing.
  void execute(const std::string& sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::unique_ptr<Queries> queries_;
};

/// The schema of a database and what this program knows.
struct SchemaState {
  std::int64_t found;                ///< 0 of an empty database
  std::int64_t known;                ///< the newest that this program knows
  bool needs_newer_program;          ///< whether this program must not touch it
  std::vector<std::string> pending;  ///< names of the migrations that were not applied yet
};
/// Looks only. Throws `DatabaseError`.
SchemaState schema_state(Connection& connection);

/// Brings the schema up to date, in one transaction under the database's write lock. Throws `DatabaseError`, and
/// std::runtime_error with a sentence for the operator when the store needs a newer program.
void migrate(Connection& connection);

}  // namespace sallyport::sqlite
