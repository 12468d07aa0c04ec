#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sql_type.h"

namespace sallyport::sqlgen {

/// What is wrong with an input, as `FILE:LINE: error: MESSAGE`. An exception, since it ends the work on that input.
class SourceError : public std::runtime_error {
 public:
  SourceError(const std::filesystem::path& file, std::size_t line, std::string_view message);
};

/// How many lines after its first one the position `at` of `text` is.
std::size_t lines_before(std::string_view text, std::size_t at);

/// Where the token that starts at `at` ends: a string, a quoted identifier, a comment, a word or number, a parameter
/// (`$name::type?`), or one character.
std::size_t token_end(std::string_view sql, std::size_t at);

/// The first position from `at` on that is neither white space, comment nor semicolon.
std::size_t skip_blank(std::string_view sql, std::size_t at);

/// A file `0001_accounts.sql`.
struct Migration {
  std::filesystem::path file;
  std::string name;  ///< `accounts`
  std::string sql;
};

/// The migrations of a folder, number 0001 first. Fails on a badly named file and on a gap.
std::vector<Migration> read_migrations(const std::filesystem::path& folder);

enum class QueryKind { one, opt, many, exec };
std::string_view kind_name(QueryKind kind);

struct Query {
  std::filesystem::path file;
  std::size_t name_line;
  std::string name;
  QueryKind kind;
  std::vector<std::string> doc;  ///< the comment lines after the name
  std::size_t sql_line;          ///< where `sql` starts
  std::string sql;               ///< as written

  /// An error at a position of `sql`.
  SourceError error(std::string_view message, std::size_t at = 0) const;
};

/// The queries of a folder's `*.sql` files, by file name and then as written.
std::vector<Query> read_queries(const std::filesystem::path& folder);

struct Parameter {
  std::string name;
  const SqlType* type;
  bool is_nullable;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// A query as SQLite reads it, with ?1, ?2... for its parameters in order of first appearance.
struct NumberedSql {
  std::string sql;
  std::vector<std::size_t> origins;  ///< of each byte of `sql` and of its end, in the query as written
  std::vector<Parameter> parameters;
  bool has_union = false;
};
NumberedSql number_parameters(const Query& query);

}  // namespace sallyport::sqlgen
