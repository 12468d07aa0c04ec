#pragma once

#include <stdexcept>
#include <string>

namespace sallyport::sqlite {

/// SQLite refused or failed. `what()` is `sqlite3_errmsg` or names the statement: for the log only, never for a client
/// and never to be matched on. Adapters turn the code into a `core::Error`.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// The extended result code, `SQLITE_CONSTRAINT_UNIQUE` (https://www.sqlite.org/rescode.html).
  int code() const { return code_; }
  /// The eight low bits of it, `SQLITE_CONSTRAINT`.
  int primary_code() const { return code_ & 0xff; }

 private:
  int code_;
};

}  // namespace sallyport::sqlite
