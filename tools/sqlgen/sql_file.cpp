#include "sql_file.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "names.h"

namespace sallyport::sqlgen {
namespace {

constexpr std::string_view white_space = " \t\r\n\f\v";
constexpr std::string_view name_marker = "-- name:";

bool is_word(char c) {  // as SQLite's tokenizer: every byte of a multibyte character belongs to a word
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

std::size_t word_end(std::string_view sql, std::size_t at) {
  while (at < sql.size() && is_word(sql[at])) ++at;
  return at;
}

/// The end of a token that `close` ends and doubled `close` continues.
std::size_t quoted_end(std::string_view sql, std::size_t at, char close) {
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != close) continue;
    if (close == ']' || at + 1 == sql.size() || sql[at + 1] != close) return at + 1;
    ++at;
  }
  return at;
}

std::size_t after(std::string_view sql, std::string_view mark, std::size_t from) {
  const auto found = sql.find(mark, from);
  return found == std::string_view::npos ? sql.size() : found + mark.size();
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) throw SourceError(file, 1, "cannot be read");
  return text;
}

std::vector<std::filesystem::path> sql_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".sql") files.push_back(entry.path());
  if (files.empty()) throw SourceError(folder, 1, "no .sql file");
  std::ranges::sort(files);
  return files;
}

std::optional<QueryKind> find_kind(std::string_view name) {
  for (const auto kind : {QueryKind::one, QueryKind::opt, QueryKind::many, QueryKind::exec})
    if (name == kind_name(kind)) return kind;
  return std::nullopt;
}

/// `-- name: find_account :opt`
Query parse_name_line(const std::filesystem::path& file, std::size_t line, std::string_view text) {
  const auto words = trim(text.substr(name_marker.size()));
  const auto split = std::min(words.find_first_of(white_space), words.size());
  Query query{.file = file, .name_line = line, .name = std::string(words.substr(0, split)), .sql_line = line};
  if (!is_cpp_name(query.name)) throw query.error("the name is not a snake_case C++ name");
  const auto written_kind = trim(words.substr(split));
  const auto kind = written_kind.starts_with(':') ? find_kind(written_kind.substr(1)) : std::nullopt;
  if (!kind) throw query.error(fmt::format("unknown kind `{}`; use :one, :opt, :many or :exec", written_kind));
  query.kind = *kind;
  return query;
}

void read_query_file(const std::filesystem::path& file, std::vector<Query>& queries) {
  const auto text = read_file(file);
  std::optional<Query> query;
  const auto finish = [&] {
    if (!query) return;
    query->sql = trim(query->sql);
    queries.push_back(std::move(*query));
  };
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = after(text, "\n", at);
    const auto line = std::string_view(text).substr(at, end - at);
    at = end;
    ++line_number;
    if (line.starts_with(name_marker)) {
      finish();
      query = parse_name_line(file, line_number, line);
    } else if (!query) {
      const bool is_remark = trim(line).empty() || line.starts_with("--");
      if (!is_remark) throw SourceError(file, line_number, "SQL before the first `-- name:` line");
    } else if (query->sql.empty() && line.starts_with("--") &&
               line_number == query->name_line + query->doc.size() + 1) {
      query->doc.emplace_back(trim(line.substr(2)));
    } else if (!query->sql.empty()) {
      query->sql += line;
    } else if (const auto start = line.find_first_not_of(white_space); start != std::string_view::npos) {
      query->sql_line = line_number;
      query->sql = line.substr(start);
    }
  }
  finish();
}

/// `$name::type?`
Parameter parse_parameter(const Query& query, std::string_view token, std::size_t at) {
  const auto name_end = token.find("::");
  const auto name = token.substr(1, std::min(name_end, token.size()) - 1);
  if (!is_cpp_name(name)) throw query.error(fmt::format("`{}` does not start with a snake_case C++ name", token), at);
  if (name_end == std::string_view::npos)
    throw query.error(fmt::format("parameter ${} has no type, as in ${}::text", name, name), at);
  const bool is_nullable = token.ends_with('?');
  auto type_name = token.substr(name_end + 2);
  type_name.remove_suffix(is_nullable ? 1 : 0);
  const auto* type = find_type(type_name);
  if (type == nullptr) throw query.error(fmt::format("unknown type `{}` of parameter ${}", type_name, name), at);
  return {std::string(name), type, is_nullable};
}

}  // namespace

SourceError::SourceError(const std::filesystem::path& file, std::size_t line, std::string_view message)
    : std::runtime_error(fmt::format("{}:{}: error: {}", file.string(), line, message)) {}

std::string_view kind_name(QueryKind kind) {
  switch (kind) {
    case QueryKind::one:
      return "one";
    case QueryKind::opt:
      return "opt";
    case QueryKind::many:
      return "many";
    case QueryKind::exec:
      return "exec";
  }
  std::unreachable();
}

std::size_t lines_before(std::string_view text, std::size_t at) {
  return static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n'));
}

std::size_t token_end(std::string_view sql, std::size_t at) {
  const char first = sql[at];
  const auto next_two = sql.substr(at, 2);
  if (first == '\'' || first == '"' || first == '`') return quoted_end(sql, at, first);
  if (first == '[') return quoted_end(sql, at, ']');
  if (next_two == "--") return after(sql, "\n", at);
  if (next_two == "/*") return after(sql, "*/", at + 2);
  if (!is_word(first)) return at + 1;
  auto end = word_end(sql, at);
  if (first != '$' || sql.substr(end, 2) != "::") return end;
  end = word_end(sql, end + 2);
  return end < sql.size() && sql[end] == '?' ? end + 1 : end;
}

std::size_t skip_blank(std::string_view sql, std::size_t at) {
  while (at < sql.size()) {
    const auto next_two = sql.substr(at, 2);
    const bool is_blank = sql[at] == ';' || white_space.contains(sql[at]) || next_two == "--" || next_two == "/*";
    if (!is_blank) break;
    at = token_end(sql, at);
  }
  return at;
}

std::vector<Migration> read_migrations(const std::filesystem::path& folder) {
  std::vector<Migration> migrations;
  for (const auto& file : sql_files(folder)) {
    const auto stem = file.stem().string();
    const auto number = fmt::format("{:04}_", migrations.size() + 1);
    if (!stem.starts_with(number) || !is_cpp_name(std::string_view(stem).substr(number.size())))
      throw SourceError(file, 1, fmt::format("expected a migration called {}name.sql, with no gap", number));
    migrations.push_back({file, stem.substr(number.size()), read_file(file)});
  }
  return migrations;
}

SourceError Query::error(std::string_view message, std::size_t at) const {
  return {file, sql_line + lines_before(sql, at), fmt::format("query {} (sqlite): {} at offset {}", name, message, at)};
}

std::vector<Query> read_queries(const std::filesystem::path& folder) {
  std::vector<Query> queries;
  for (const auto& file : sql_files(folder)) read_query_file(file, queries);
  std::map<std::string, const Query*> by_type_name;  // `a_1` and `a1` would be one type
  for (const auto& query : queries) {
    const auto [earlier, is_new] = by_type_name.try_emplace(pascal_case(query.name), &query);
    if (is_new) continue;
    const auto& [file, line] = std::pair(earlier->second->file.string(), earlier->second->name_line);
    throw SourceError(
        query.file, query.name_line,
        fmt::format("query {} (sqlite): duplicate name, first used at {}:{} at offset 0", query.name, file, line));
  }
  return queries;
}

NumberedSql number_parameters(const Query& query) {
  const std::string_view sql = query.sql;
  NumberedSql out;
  for (std::size_t at = 0; at < sql.size();) {
    const auto end = token_end(sql, at);
    const auto token = sql.substr(at, end - at);
    if (token == "?" || token == ":" || token == "@")
      throw query.error(fmt::format("`{}` is no parameter; they are written $name::type", token), at);
    if (token.starts_with('$')) {
      auto parameter = parse_parameter(query, token, at);
      if (end < sql.size() && is_word(sql[end])) throw query.error("a word is glued to the parameter", at);
      auto known = std::ranges::find(out.parameters, parameter.name, &Parameter::name);
      if (known != out.parameters.end() && *known != parameter)
        throw query.error(fmt::format("parameter ${} has another type before", parameter.name), at);
      if (known == out.parameters.end()) known = out.parameters.insert(known, std::move(parameter));
      out.sql += fmt::format("?{}", known - out.parameters.begin() + 1);
      out.origins.resize(out.sql.size(), at);
    } else {
      out.has_union |= token.size() == 5 && strncasecmp(token.data(), "union", 5) == 0;
      out.sql += token;
      for (auto i = at; i < end; ++i) out.origins.push_back(i);
    }
    at = end;
  }
  out.origins.push_back(sql.size());
  return out;
}

}  // namespace sallyport::sqlgen
