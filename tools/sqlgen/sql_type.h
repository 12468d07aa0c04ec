#pragma once

#include <algorithm>
#include <string_view>

namespace sallyport::sqlgen {

/// A type as parameters (`$id::uuid`) and columns (`AS "id::uuid"`) are annotated with.
struct SqlType {
  std::string_view name;
  std::string_view storage;  ///< what a STRICT table declares the column as
  std::string_view value;    ///< C++, as a column of a row
  std::string_view view;     ///< C++, as a parameter, bound without a copy
  bool is_passed_by_reference = false;
};

inline constexpr SqlType sql_types[] = {
    {"text", "TEXT", "std::string", "std::string_view"},
    {"blob", "BLOB", "core::Bytes", "core::ByteView"},
    {"int", "INTEGER", "std::int64_t", "std::int64_t"},
    {"real", "REAL", "double", "double"},
    {"bool", "INTEGER", "bool", "bool"},
    {"uuid", "BLOB", "core::Uuid", "core::Uuid", true},
    {"time", "INTEGER", "core::Timestamp", "core::Timestamp"},
    {"digest", "BLOB", "core::Digest", "core::Digest", true},
};

/// The type of that name, or null.
inline const SqlType* find_type(std::string_view name) {
  const auto* found = std::ranges::find(sql_types, name, &SqlType::name);
  return found == std::end(sql_types) ? nullptr : found;
}

/// The plain type of a column of a STRICT table (https://www.sqlite.org/stricttables.html), or null.
inline const SqlType* find_stored_type(std::string_view declared) {
  const auto* found = std::ranges::find(sql_types, declared == "INT" ? "INTEGER" : declared, &SqlType::storage);
  return found == std::end(sql_types) ? nullptr : found;
}

}  // namespace sallyport::sqlgen
