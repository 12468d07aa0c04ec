#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sql_file.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sallyport::sqlgen {

struct Column {
  std::string member;
  const SqlType* type;
  bool is_nullable;
};

/// A query that SQLite accepts on the schema, and what C++ needs to know of it.
struct CheckedQuery {
  Query query;
  NumberedSql numbered;
  std::vector<Column> columns;
};

/// An empty in-memory database with all migrations applied.
class Schema {
 public:
  /// Throws `SourceError` at the statement that fails.
  explicit Schema(std::span<const Migration> migrations);

  /// Throws `SourceError` if SQLite refuses the query, or if its columns do not fit its kind and annotations.
  CheckedQuery check(Query query) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  void execute(const std::string& sql) const;
  void apply(const Migration& migration) const;
  bool may_widen_nulls(sqlite3_stmt* statement, const NumberedSql& numbered) const;
  bool is_not_null(sqlite3_stmt* statement, int index) const;
  Column check_column(const Query& query, sqlite3_stmt* statement, int index, bool widens_nulls) const;

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace sallyport::sqlgen
