#include "schema.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "names.h"

namespace sallyport::sqlgen {
namespace {

/// Where `word` is a token of `sql`, bare or double quoted; 0 if nowhere.
std::size_t find_token(std::string_view sql, std::string_view word) {
  for (std::size_t at = 0; at < sql.size();) {
    const auto end = token_end(sql, at);
    auto token = sql.substr(at, end - at);
    if (token.size() > 2 && token.starts_with('"')) token = token.substr(1, token.size() - 2);
    if (token == word) return at;
    at = end;
  }
  return 0;
}

/// Where the last error happened. SQLite does not always say ("no such table: acounts"), but names the culprit last.
std::size_t error_position(sqlite3* database, std::string_view sql) {
  const auto offset = sqlite3_error_offset(database);
  if (offset >= 0) return static_cast<std::size_t>(offset);
  const std::string_view message = sqlite3_errmsg(database);
  return find_token(sql, message.substr(message.find_last_of(" .") + 1));
}

/// `member::type!`, every part but the first optional.
struct Annotation {
  std::string_view member, type;
  bool has_type, is_forced_not_null, is_forced_nullable;
};
Annotation parse_annotation(std::string_view name) {
  const bool not_null = name.ends_with('!');
  const bool nullable = name.ends_with('?');
  if (not_null || nullable) name.remove_suffix(1);
  const auto colons = name.find("::");
  const bool has_type = colons != std::string_view::npos;
  return {name.substr(0, colons), has_type ? name.substr(colons + 2) : "", has_type, not_null, nullable};
}

/// The declared or the annotated type of a column; `declared` is null for an expression.
const SqlType* column_type(const Query& query, const Annotation& written, const char* declared, std::size_t at) {
  const auto* stored = declared == nullptr ? nullptr : find_stored_type(declared);
  if (!written.has_type) {
    if (stored != nullptr) return stored;
    const auto what = declared == nullptr ? "is an expression" : fmt::format("is declared {}", declared);
    throw query.error(fmt::format("column {} {}, whose type is not known; write AS \"{}::int!\" or the like",
                                  written.member, what, is_cpp_name(written.member) ? written.member : "name"),
                      at);
  }
  const auto* type = find_type(written.type);
  if (type == nullptr)
    throw query.error(fmt::format("unknown type `{}` of column {}", written.type, written.member), at);
  if (stored != nullptr && stored->storage != type->storage)
    throw query.error(fmt::format("column {} is declared {}, but {} is stored as {}", written.member, declared,
                                  type->name, type->storage),
                      at);
  return type;
}

}  // namespace

void Schema::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

void Schema::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Schema::Schema(std::span<const Migration> migrations) {
  sqlite3* database = nullptr;
  const auto code = sqlite3_open(":memory:", &database);
  database_.reset(database);
  if (code != SQLITE_OK) throw std::runtime_error("cannot open an in-memory database");
  // Else a misspelt "column" is a string (https://www.sqlite.org/quirks.html#dblquote).
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  for (const auto& migration : migrations) apply(migration);
  execute("PRAGMA foreign_keys = ON");  // a foreign key that fits no unique index is found when a write is prepared
}

void Schema::execute(const std::string& sql) const {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(database_.get()));
}

void Schema::apply(const Migration& migration) const {
  const std::string_view sql = migration.sql;
  for (auto at = skip_blank(sql, 0); at < sql.size();) {
    const auto rest = sql.substr(at);
    sqlite3_stmt* prepared = nullptr;
    const char* tail = nullptr;
    auto code = sqlite3_prepare_v2(database_.get(), rest.data(), static_cast<int>(rest.size()), &prepared, &tail);
    const Statement statement(prepared);
    auto failed_at = code == SQLITE_OK ? 0 : error_position(database_.get(), rest);
    while (code == SQLITE_OK || code == SQLITE_ROW) code = sqlite3_step(prepared);
    if (code != SQLITE_DONE)
      throw SourceError(migration.file, 1 + lines_before(sql, at + failed_at), sqlite3_errmsg(database_.get()));
    at = skip_blank(sql, static_cast<std::size_t>(tail - sql.data()));
  }
}

CheckedQuery Schema::check(Query query) const {
  auto numbered = number_parameters(query);
  const std::string_view sql = numbered.sql;
  sqlite3_stmt* prepared = nullptr;
  const char* tail = nullptr;
  const auto code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &prepared, &tail);
  const Statement statement(prepared);
  if (code != SQLITE_OK) {
    const auto at = std::min(error_position(database_.get(), sql), sql.size());
    throw query.error(sqlite3_errmsg(database_.get()), numbered.origins[at]);
  }
  if (prepared == nullptr) throw query.error("empty query");
  const auto rest = skip_blank(sql, static_cast<std::size_t>(tail - sql.data()));
  if (rest < sql.size()) throw query.error("a second statement; write one a query", numbered.origins[rest]);

  const auto count = sqlite3_column_count(prepared);
  if (query.kind == QueryKind::exec && count > 0) throw query.error(":exec, but the statement returns columns");
  if (query.kind != QueryKind::exec && count == 0)
    throw query.error("the statement returns no columns, which only :exec may");
  const bool widens_nulls = may_widen_nulls(prepared, numbered);
  std::vector<Column> columns;
  for (int i = 0; i < count; ++i) {
    auto column = check_column(query, prepared, i, widens_nulls);
    if (std::ranges::find(columns, column.member, &Column::member) != columns.end())
      throw query.error(fmt::format("two columns are called {}", column.member),
                        find_token(query.sql, sqlite3_column_name(prepared, i)));
    columns.push_back(std::move(column));
  }
  return {std::move(query), std::move(numbered), std::move(columns)};
}

/// Whether a column that is declared NOT NULL may be NULL in a row of this query: beside an outer join, in a scalar
/// subquery without a row, next to an aggregate of no rows, after a UNION (of which SQLite describes the first arm).
/// SQLite describes all of them as if they were the table's own. Errs on the safe side.
bool Schema::may_widen_nulls(sqlite3_stmt* statement, const NumberedSql& numbered) const {
  if (numbered.has_union) return true;
  const auto sql = "EXPLAIN " + numbered.sql;
  sqlite3_stmt* prepared = nullptr;
  sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &prepared, nullptr);
  const Statement explain(prepared);
  const bool is_read = sqlite3_stmt_readonly(statement) != 0;  // a write makes NULLs to store them
  while (sqlite3_step(prepared) == SQLITE_ROW) {
    const std::string_view opcode = reinterpret_cast<const char*>(sqlite3_column_text(prepared, 1));
    if (opcode == "NullRow" || (is_read && opcode == "Null")) return true;
  }
  return false;
}

bool Schema::is_not_null(sqlite3_stmt* statement, int index) const {
  const auto* table = sqlite3_column_table_name(statement, index);
  if (table == nullptr) return false;
  const char* declared = nullptr;
  int not_null = 0;
  int primary_key = 0;
  sqlite3_table_column_metadata(database_.get(), sqlite3_column_database_name(statement, index), table,
                                sqlite3_column_origin_name(statement, index), &declared, nullptr, &not_null,
                                &primary_key, nullptr);
  if (not_null != 0 || primary_key == 0) return not_null != 0;
  // A STRICT table's key is NOT NULL, and says so but for the alias of the rowid.
  sqlite3_stmt* prepared = nullptr;
  sqlite3_prepare_v2(database_.get(), "SELECT max(strict) FROM pragma_table_list(?1)", -1, &prepared, nullptr);
  const Statement strict(prepared);
  sqlite3_bind_text(prepared, 1, table, -1, SQLITE_STATIC);
  return sqlite3_step(prepared) == SQLITE_ROW && sqlite3_column_int(prepared, 0) == 1;
}

Column Schema::check_column(const Query& query, sqlite3_stmt* statement, int index, bool widens_nulls) const {
  const std::string_view name = sqlite3_column_name(statement, index);
  const auto at = find_token(query.sql, name);
  const auto written = parse_annotation(name);
  const auto* type = column_type(query, written, sqlite3_column_decltype(statement, index), at);
  if (!is_cpp_name(written.member))
    throw query.error(fmt::format("column `{}` is not a snake_case C++ name; give it one with AS", written.member), at);
  const bool is_nullable =
      written.is_forced_nullable || (!written.is_forced_not_null && (widens_nulls || !is_not_null(statement, index)));
  return {std::string(written.member), type, is_nullable};
}

}  // namespace sallyport::sqlgen
