#include "adapters/sqlite/statement.h"

#include <sqlite3.h>

#include <algorithm>

namespace sallyport::sqlite {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::Reset::operator()(sqlite3_stmt* statement) const {
  sqlite3_reset(statement);  // repeats the error of the last step, which was thrown already
  sqlite3_clear_bindings(statement);
}

void Statement::prepare() {
  if (statement_) return;
  sqlite3_stmt* prepared = nullptr;
  check(sqlite3_prepare_v3(database_, sql_.data(), static_cast<int>(sql_.size()), SQLITE_PREPARE_PERSISTENT, &prepared,
                           nullptr));
  statement_.reset(prepared);
}

bool Statement::step() {
  const auto code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw DatabaseError(sqlite3_extended_errcode(database_), sqlite3_errmsg(database_));
}

void Statement::expect_row() {
  if (!step()) throw DatabaseError(SQLITE_NOTFOUND, "no row: " + std::string(sql_));
}

void Statement::expect_end() {
  // A statement that writes is run to its end, since an error of its commit would be lost in the reset.
  if (step()) throw DatabaseError(SQLITE_MISUSE, "more rows than expected: " + std::string(sql_));
}

std::int64_t Statement::changed_rows() const { return sqlite3_changes64(database_); }

void Statement::bind(int index, std::string_view text) {
  const auto* data = text.data() == nullptr ? "" : text.data();  // SQLite takes a null pointer for NULL
  check(sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, core::ByteView bytes) {
  const void* data = bytes.data();
  if (data == nullptr) data = "";
  check(sqlite3_bind_blob64(statement_.get(), index, data, bytes.size(), SQLITE_STATIC));
}

void Statement::bind(int index, std::int64_t number) { check(sqlite3_bind_int64(statement_.get(), index, number)); }

void Statement::bind(int index, double number) { check(sqlite3_bind_double(statement_.get(), index, number)); }

void Statement::bind_null(int index) { check(sqlite3_bind_null(statement_.get(), index)); }

void Statement::read(int column, std::string& text) const {
  check_stored(sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT, column);
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (data == nullptr) throw DatabaseError(SQLITE_NOMEM, "out of memory");
  text.assign(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

void Statement::read(int column, core::Bytes& bytes) const {
  const auto stored = blob(column);
  bytes.assign(stored.begin(), stored.end());
}

void Statement::read(int column, std::int64_t& number) const {
  check_stored(sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER, column);
  number = sqlite3_column_int64(statement_.get(), column);
}

void Statement::read(int column, double& number) const {
  const auto type = sqlite3_column_type(statement_.get(), column);
  check_stored(type == SQLITE_FLOAT || type == SQLITE_INTEGER, column);  // an expression may give either
  number = sqlite3_column_double(statement_.get(), column);
}

void Statement::read(int column, bool& truth) const {
  const auto number = get<std::int64_t>(column);
  check_stored(number == 0 || number == 1, column);
  truth = number == 1;
}

void Statement::read(int column, core::Uuid& uuid) const {
  const auto stored = core::Uuid::from_bytes(blob(column));
  check_stored(stored.has_value(), column);
  uuid = *stored;
}

void Statement::read(int column, core::Digest& digest) const {
  const auto stored = blob(column);
  check_stored(stored.size() == digest.size(), column);
  std::ranges::copy(stored, digest.begin());
}

void Statement::read(int column, core::Timestamp& time) const {
  time = core::Timestamp(std::chrono::microseconds(get<std::int64_t>(column)));
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

core::ByteView Statement::blob(int column) const {
  check_stored(sqlite3_column_type(statement_.get(), column) == SQLITE_BLOB, column);
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw DatabaseError(sqlite3_extended_errcode(database_), sqlite3_errmsg(database_));
}

void Statement::check_stored(bool is_valid, int column) const {
  if (is_valid) return;
  throw DatabaseError(SQLITE_CORRUPT,
                      "column " + std::to_string(column) + " holds no such value: " + std::string(sql_));
}

}  // namespace sallyport::sqlite
