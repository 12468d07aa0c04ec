#pragma once

#include <memory>
#include <string>

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

/// Brings the schema up to date, in one transaction under the database's write lock. Throws `DatabaseError`, and
/// std::runtime_error with a sentence for the operator when the store needs a newer program.
void migrate(Connection& connection);

}  // namespace sallyport::sqlite
