#include "emit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "names.h"

namespace sallyport::sqlgen {
namespace {

constexpr std::string_view generated = "// Written by sqlgen from .sql files; edit those.\n";
constexpr std::size_t most_plain_parameters = 3;

/// A string literal, one line of text a line.
std::string literal(std::string_view text, std::string_view indent) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\\') out += fmt::format("\\{}", c);
    else if (c == '\n') out += i + 1 == text.size() ? "\\n" : fmt::format("\\n\"\n{}\"", indent);
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out + '"';
}

std::string optional_of(std::string_view type, bool is_optional) {
  return is_optional ? fmt::format("std::optional<{}>", type) : std::string(type);
}

std::string column_type(const Column& column) { return optional_of(column.type->value, column.is_nullable); }

std::string parameter_type(const Parameter& parameter) {
  return optional_of(parameter.type->view, parameter.is_nullable);
}

bool has_parameter_struct(const CheckedQuery& query) {
  return query.numbered.parameters.size() > most_plain_parameters;
}

std::string row_type(const CheckedQuery& query) {
  return query.columns.size() == 1 ? column_type(query.columns.front()) : pascal_case(query.query.name) + "Row";
}

std::string return_type(const CheckedQuery& query) {
  switch (query.query.kind) {
    case QueryKind::one:
      return row_type(query);
    case QueryKind::opt:
      return fmt::format("std::optional<{}>", row_type(query));
    case QueryKind::many:
      return fmt::format("std::vector<{}>", row_type(query));
    case QueryKind::exec:
      return "std::int64_t";
  }
  std::unreachable();
}

std::string parameter_list(const CheckedQuery& query) {
  if (has_parameter_struct(query)) return fmt::format("const {}Params& params", pascal_case(query.query.name));
  std::vector<std::string> list;
  for (const auto& parameter : query.numbered.parameters) {
    const auto type = parameter_type(parameter);
    const auto* form = parameter.type->is_passed_by_reference ? "const {}& {}" : "{} {}";
    list.push_back(fmt::format(fmt::runtime(form), type, parameter.name));
  }
  return fmt::format("{}", fmt::join(list, ", "));
}

std::string structs(const CheckedQuery& query) {
  const auto type_name = pascal_case(query.query.name);
  std::string out;
  if (has_parameter_struct(query)) {
    out += fmt::format("struct {}Params {{\n", type_name);
    for (const auto& parameter : query.numbered.parameters)
      out += fmt::format("  sqlite::Required<{}> {};\n", parameter_type(parameter), parameter.name);
    out += "};\n\n";
  }
  if (query.columns.size() > 1) {
    out += fmt::format("struct {}Row {{\n", type_name);
    for (const auto& column : query.columns) out += fmt::format("  {} {};\n", column_type(column), column.member);
    out += "};\n\n";
  }
  return out;
}

std::string declaration(const CheckedQuery& query) {
  std::string out;
  for (const auto& line : query.query.doc) out += line.empty() ? "  ///\n" : fmt::format("  /// {}\n", line);
  return out + fmt::format("  {} {}({});\n", return_type(query), query.query.name, parameter_list(query));
}

/// How a row of the query is read: a function of `Read`, where no query's name can hide it.
std::string reader(const CheckedQuery& query) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < query.columns.size(); ++i)
    values.push_back(fmt::format("row.get<{}>({})", column_type(query.columns[i]), i));
  const auto all = fmt::format("{}", fmt::join(values, ",\n            "));
  return fmt::format("  static {} {}(const sqlite::Statement& row) {{\n    return {};\n  }}\n", row_type(query),
                     query.query.name, values.size() == 1 ? all : fmt::format("{{{}}}", all));
}

std::string definition(const CheckedQuery& query) {
  std::vector<std::string> arguments;
  if (query.query.kind != QueryKind::exec) arguments.push_back("Read::" + query.query.name);
  for (const auto& parameter : query.numbered.parameters)
    arguments.push_back((has_parameter_struct(query) ? "params." : "") + parameter.name);
  return fmt::format("\n{} Queries::{}({}) {{\n  return {}_.{}({});\n}}\n", return_type(query), query.query.name,
                     parameter_list(query), query.query.name, kind_name(query.query.kind), fmt::join(arguments, ", "));
}

}  // namespace

std::string queries_header(std::span<const CheckedQuery> queries, std::string_view name_space) {
  auto out = fmt::format("{}#pragma once\n\n#include \"adapters/sqlite/statement.h\"\n\nnamespace {} {{\n\n", generated,
                         name_space);
  for (const auto& query : queries) out += structs(query);
  out +=
      "/// The statements of one connection, each prepared on first use. Not thread-safe; the connection outlives it.\n"
      "/// Everything throws `sqlite::DatabaseError`. A query with one column returns the column itself.\n"
      "class Queries {\n public:\n  explicit Queries(sqlite3* database);\n\n";
  for (const auto& query : queries) out += declaration(query);
  out += "\n private:\n";
  for (const auto& query : queries) out += fmt::format("  sqlite::Statement {}_;\n", query.query.name);
  return out + fmt::format("}};\n\n}}  // namespace {}\n", name_space);
}

std::string queries_source(std::span<const CheckedQuery> queries, std::string_view name_space) {
  auto out = fmt::format("{}#include \"queries.h\"\n\nnamespace {} {{\n", generated, name_space);
  std::string readers;
  std::vector<std::string> members;
  for (const auto& query : queries) {
    if (!query.columns.empty()) readers += reader(query);
    members.push_back(
        fmt::format("{}_(database,\n          {})", query.query.name, literal(query.numbered.sql, "          ")));
  }
  if (!readers.empty()) out += fmt::format("namespace {{\n\nstruct Read {{\n{}}};\n\n}}  // namespace\n", readers);
  out += fmt::format("\nQueries::Queries(sqlite3* database)\n    : {} {{}}\n", fmt::join(members, ",\n      "));
  for (const auto& query : queries) out += definition(query);
  return out + fmt::format("\n}}  // namespace {}\n", name_space);
}

std::string migrations_header(std::string_view name_space) {
  return fmt::format(
      "{}#pragma once\n\n#include <span>\n#include <string_view>\n\nnamespace {} {{\n\n"
      "/// One step of the schema, as in `0001_accounts.sql`: `sql` may be several statements.\n"
      "struct Migration {{\n  int number;\n  std::string_view name;\n  std::string_view sql;\n}};\n\n"
      "/// All of them, number 1 first and without a gap.\n"
      "std::span<const Migration> migrations();\n\n}}  // namespace {}\n",
      generated, name_space, name_space);
}

std::string migrations_source(std::span<const Migration> migrations, std::string_view name_space) {
  auto out = fmt::format("{}#include \"migrations.h\"\n\nnamespace {} {{\nnamespace {{\n\n", generated, name_space);
  out += "constexpr Migration all[] = {\n";
  int number = 0;
  for (const auto& migration : migrations)
    out += fmt::format("    {{{}, \"{}\",\n     {}}},\n", ++number, migration.name, literal(migration.sql, "     "));
  out += "};\n\n}  // namespace\n\nstd::span<const Migration> migrations() { return all; }\n";
  return out + fmt::format("\n}}  // namespace {}\n", name_space);
}

}  // namespace sallyport::sqlgen
