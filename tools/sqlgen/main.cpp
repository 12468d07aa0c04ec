// sqlgen: checks SQL files against the schema that the migrations make, and writes them as typed C++ functions.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "emit.h"
#include "schema.h"
#include "sql_file.h"

namespace sallyport::sqlgen {
namespace {

struct Options {
  std::string dialect, name_space;
  std::filesystem::path migrations, queries, out, depfile;
};

/// Leaves a file that already says so untouched, so that nothing is compiled anew.
void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ifstream old(file, std::ios::binary);
  if (old && std::string(std::istreambuf_iterator<char>(old), {}) == text) return;
  std::ofstream out(file, std::ios::binary);
  out << text << std::flush;
  if (!out) throw std::runtime_error(fmt::format("cannot write {}", file.string()));
}

/// A path as make spells it.
std::string escaped(const std::filesystem::path& path) {
  std::string out;
  for (const char c : path.string()) {
    if (c == ' ' || c == '#') out += '\\';
    out += c == '$' ? "$$" : std::string(1, c);
  }
  return out;
}

/// The folders are inputs too: their times change when a file comes or goes.
std::string dependencies(const Options& options) {
  auto out = escaped(options.out / "queries.h") + ":";
  for (const auto& folder : {options.migrations, options.queries}) {
    out += " " + escaped(folder);
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".sql") out += " " + escaped(entry.path());
  }
  return out + "\n";
}

/// False if a query is wrong, which has been told; all of them are looked at, since one renamed column breaks several.
bool generate(const Options& options) {
  const auto migrations = read_migrations(options.migrations);
  const Schema schema(migrations);
  std::vector<CheckedQuery> checked;
  bool is_good = true;
  for (auto& query : read_queries(options.queries)) {
    try {
      checked.push_back(schema.check(std::move(query)));
    } catch (const SourceError& error) {
      fmt::print(stderr, "{}\n", error.what());
      is_good = false;
    }
  }
  if (!is_good) return false;
  std::filesystem::create_directories(options.out);
  write_file(options.out / "queries.h", queries_header(checked, options.name_space));
  write_file(options.out / "queries.cpp", queries_source(checked, options.name_space));
  write_file(options.out / "migrations.h", migrations_header(options.name_space));
  write_file(options.out / "migrations.cpp", migrations_source(migrations, options.name_space));
  if (!options.depfile.empty()) write_file(options.depfile, dependencies(options));
  return true;
}

}  // namespace
}  // namespace sallyport::sqlgen

int main(int argc, char** argv) {
  CLI::App app("Checks SQL files and writes them as typed C++.", "sqlgen");
  sallyport::sqlgen::Options options;
  app.add_option("--dialect", options.dialect)->required()->check(CLI::IsMember({"sqlite"}));
  app.add_option("--migrations", options.migrations, "Folder of NNNN_name.sql")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--queries", options.queries, "Folder of .sql with `-- name:` blocks")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--namespace", options.name_space, "Of the generated code, within sallyport")->required();
  app.add_option("--out-dir", options.out)->required();
  app.add_option("--depfile", options.depfile, "Where to list the inputs, for make and ninja");
  CLI11_PARSE(app, argc, argv);
  try {
    return sallyport::sqlgen::generate(options) ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
