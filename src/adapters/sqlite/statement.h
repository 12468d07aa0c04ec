#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/sqlite/database_error.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/ids.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sallyport::sqlite {

/// A member of a parameter struct that has no default, so that a designated initialiser cannot leave it out and write
/// an empty value.
template <class T>
class Required {
 public:
  template <std::convertible_to<T> From>
  Required(From&& from) : value_(std::forward<From>(from)) {}
  const T& value() const { return value_; }

 private:
  T value_;
};

/// One SQL statement of one connection: prepared on first use and kept, reset and unbound after each use, also when an
/// exception passes. Everything throws `DatabaseError`. Not thread-safe; the connection outlives it and is not closed
/// before it.
///
/// `Read` is called as `Row(const Statement&)` once a row and takes the columns with `get`. The values are bound to
/// ?1, ?2... in order without being copied; they live until the call returns.
class Statement {
 public:
  /// `sql` is one statement and outlives this: a literal.
  Statement(sqlite3* database, std::string_view sql) : database_(database), sql_(sql) {}

  /// The only row. `SQLITE_NOTFOUND` if there is none, `SQLITE_MISUSE` if there are more.
  template <class Read, class... Values>
  auto one(Read read, const Values&... values) {
    const auto use = begin(values...);
    expect_row();
    auto row = read(std::as_const(*this));
    expect_end();
    return row;
  }

  /// The only row or nothing. `SQLITE_MISUSE` if there are more.
  template <class Read, class... Values>
  auto opt(Read read, const Values&... values) {
    const auto use = begin(values...);
    std::optional<decltype(read(std::as_const(*this)))> row;
    if (step()) {
      row.emplace(read(std::as_const(*this)));
      expect_end();
    }
    return row;
  }

  /// All rows, in the order of the query.
  template <class Read, class... Values>
  auto many(Read read, const Values&... values) {
    const auto use = begin(values...);
    std::vector<decltype(read(std::as_const(*this)))> rows;
    while (step()) rows.push_back(read(std::as_const(*this)));
    return rows;
  }

  /// Runs a statement without columns: how many rows an INSERT, UPDATE or DELETE changed, of itself and not through
  /// triggers or foreign keys; meaningless for any other statement.
  template <class... Values>
  std::int64_t exec(const Values&... values) {
    const auto use = begin(values...);
    expect_end();
    return changed_rows();
  }

  /// A column of the current row, counted from 0. `SQLITE_CORRUPT` if what is stored is not a `T`: NULL outside of an
  /// optional, another storage class, a UUID that has not 16 bytes, a digest that has not 32, a bool that is not 0
  /// or 1.
  template <class T>
  T get(int column) const {
    T value;
    read(column, value);
    return value;
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct Reset {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Use = std::unique_ptr<sqlite3_stmt, Reset>;

  template <class... Values>
  Use begin(const Values&... values) {
    prepare();
    Use use(statement_.get());
    [[maybe_unused]] int index = 0;
    (bind(++index, values), ...);
    return use;
  }
  void prepare();
  bool step();
  void expect_row();
  void expect_end();
  std::int64_t changed_rows() const;

  void bind(int index, std::string_view text);
  void bind(int index, core::ByteView bytes);
  void bind(int index, std::int64_t number);
  void bind(int index, double number);
  void bind(int index, bool truth) { bind(index, std::int64_t{truth}); }
  void bind(int index, const core::Uuid& uuid) { bind(index, uuid.bytes()); }
  void bind(int index, const core::Digest& digest) { bind(index, core::ByteView(digest)); }
  void bind(int index, core::Timestamp time) { bind(index, std::int64_t{time.time_since_epoch().count()}); }
  void bind_null(int index);
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    if (value) bind(index, *value);
    else bind_null(index);
  }
  template <class T>
  void bind(int index, const Required<T>& value) {
    bind(index, value.value());
  }

  void read(int column, std::string& text) const;
  void read(int column, core::Bytes& bytes) const;
  void read(int column, std::int64_t& number) const;
  void read(int column, double& number) const;
  void read(int column, bool& truth) const;
  void read(int column, core::Uuid& uuid) const;
  void read(int column, core::Digest& digest) const;
  void read(int column, core::Timestamp& time) const;
  template <class T>
  void read(int column, std::optional<T>& value) const {
    if (is_null(column)) value.reset();
    else read(column, value.emplace());
  }
  bool is_null(int column) const;
  core::ByteView blob(int column) const;

  void check(int code) const;
  void check_stored(bool is_valid, int column) const;

  sqlite3* database_;
  std::string_view sql_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace sallyport::sqlite
