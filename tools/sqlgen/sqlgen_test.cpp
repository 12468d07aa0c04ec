// The tool itself, run on small folders.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace sallyport::sqlgen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view accounts =
    "CREATE TABLE accounts (\n"
    "  id BLOB NOT NULL PRIMARY KEY,\n"
    "  email TEXT NOT NULL,\n"
    "  name TEXT,\n"
    "  created INTEGER NOT NULL\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, account BLOB NOT NULL, text TEXT NOT NULL) STRICT;\n"
    "CREATE TABLE loose (id INTEGER, note VARCHAR(9), PRIMARY KEY (id, note));\n";

struct Sqlgen : testing::Test {
  struct Outcome {
    int status;
    std::string errors;
  };

  Sqlgen() {
    auto pattern = (fs::temp_directory_path() / "sqlgen_test.XXXXXX").string();
    folder = mkdtemp(pattern.data());
    write("migrations/0001_accounts.sql", accounts);
  }
  ~Sqlgen() override { fs::remove_all(folder); }

  void write(const fs::path& file, std::string_view text) const {
    fs::create_directories((folder / file).parent_path());
    std::ofstream(folder / file, std::ios::binary) << text;
  }
  std::string read(const fs::path& file) const {
    std::ifstream in(folder / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Outcome run() const {
    const auto command = "cd " + folder.string() +
                         " && " SQLGEN
                         " --dialect sqlite --migrations migrations --queries queries --namespace sallyport::sqlite"
                         " --out-dir out --depfile out/inputs.d 2>&1";
    auto* pipe = popen(command.c_str(), "r");
    std::string errors;
    std::array<char, 4096> part;
    while (const auto size = std::fread(part.data(), 1, part.size(), pipe)) errors.append(part.data(), size);
    return {WEXITSTATUS(pclose(pipe)), errors};
  }
  /// What the tool says of one file of queries.
  Outcome run(std::string_view queries) const {
    write("queries/q.sql", queries);
    return run();
  }
  /// The generated file, expecting no error.
  std::string generate(std::string_view queries, const fs::path& file = "out/queries.h") const {
    const auto outcome = run(queries);
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    return read(file);
  }
  void expect_contains(const std::string& text, std::string_view part) const {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nnot in\n" << text;
  }

  fs::path folder;
};

TEST_F(Sqlgen, ARenamedColumnStopsTheBuildWithFileLineAndQuery) {
  const auto queries =
      "-- name: find_email :opt\nSELECT email FROM accounts WHERE id = $id::uuid;\n\n"
      "-- name: find_created :opt\n-- When.\n\nSELECT created,\n  name\nFROM accounts\n"
      "WHERE email = $email::text\n  AND emial = $email::text;\n";

  const auto outcome = run(queries);

  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.errors,
            "queries/q.sql:11: error: query find_created (sqlite): no such column: emial at offset 70\n");
  EXPECT_FALSE(fs::exists(folder / "out/queries.h"));
}

TEST_F(Sqlgen, TellsOfEveryWrongQueryAtOnce) {
  const auto outcome = run("-- name: a :opt\nSELECT x FROM accounts\n-- name: b :opt\nSELECT y FROM accounts\n");

  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.errors,
            "queries/q.sql:2: error: query a (sqlite): no such column: x at offset 7\n"
            "queries/q.sql:4: error: query b (sqlite): no such column: y at offset 7\n");
}

TEST_F(Sqlgen, SaysWhatIsWrongWithAQueryAndWhere) {
  static constexpr struct {
    std::string_view queries, error;
  } cases[] = {
      {"-- name: q :opt\nSELECT email\nFROM acounts",
       "3: error: query q (sqlite): no such table: acounts at offset 18"},
      {"-- name: q :exec\nINSERT INTO accounts (id,\n emial) VALUES (1, 2)",
       "3: error: query q (sqlite): table accounts has no column named emial at offset 27"},
      {"-- name: q :opt\nSELECT \"emial\" FROM accounts",
       "2: error: query q (sqlite): no such column: emial at offset 7"},
      {"-- name: q :exec\nDELETE FORM accounts", "2: error: query q (sqlite): near \"FORM\": syntax error at offset 7"},
      {"\n-- name: q :several\nSELECT 1", "2: error: query q (sqlite): unknown kind `:several`"},
      {"-- name: q\nSELECT 1", "1: error: query q (sqlite): unknown kind ``"},
      {"-- name: Q :one\nSELECT 1", "1: error: query Q (sqlite): the name is not"},
      {"-- name: delete :one\nSELECT 1", "1: error: query delete (sqlite): the name is not"},
      {"-- name: q_ :one\nSELECT 1", "1: error: query q_ (sqlite): the name is not"},
      {"SELECT 1;\n-- name: q :one\nSELECT 1", "1: error: SQL before the first `-- name:` line"},
      {"-- name: q :exec\nDELETE FROM notes\n-- name: q :exec\nDELETE FROM notes",
       "3: error: query q (sqlite): duplicate name, first used at queries/q.sql:1 at offset 0"},
      {"-- name: a_1 :exec\nDELETE FROM notes\n-- name: a1 :exec\nDELETE FROM notes",
       "3: error: query a1 (sqlite): duplicate name, first used at queries/q.sql:1"},
      {"-- name: q :exec\nSELECT email FROM accounts",
       "2: error: query q (sqlite): :exec, but the statement returns columns at offset 0"},
      {"-- name: q :exec\nDELETE FROM notes RETURNING id", "2: error: query q (sqlite): :exec, but"},
      {"-- name: q :one\nDELETE FROM notes",
       "2: error: query q (sqlite): the statement returns no columns, which only :exec may at offset 0"},
      {"-- name: q :opt\nDELETE FROM notes", "2: error: query q (sqlite): the statement returns no columns"},
      {"-- name: q :many\nDELETE FROM notes", "2: error: query q (sqlite): the statement returns no columns"},
      {"-- name: q :exec\nDELETE FROM notes\nWHERE id = $id",
       "3: error: query q (sqlite): parameter $id has no type, as in $id::text at offset 29"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id = $id::long",
       "2: error: query q (sqlite): unknown type `long` of parameter $id at offset 29"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id = $Id::int", "2: error: query q (sqlite): `$Id::int` does not"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id = $new::int", "2: error: query q (sqlite): `$new::int` does not"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id > $id::int OR\nid = $id::text",
       "3: error: query q (sqlite): parameter $id has another type before at offset 46"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id > $id::int OR id = $id::int?",
       "2: error: query q (sqlite): parameter $id has another type before"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id = $id::int?5", "2: error: query q (sqlite): a word is glued"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id = ?", "2: error: query q (sqlite): `?` is no parameter"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id = :id", "2: error: query q (sqlite): `:` is no parameter"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id = @id", "2: error: query q (sqlite): `@` is no parameter"},
      {"-- name: q :exec\nDELETE FROM notes WHERE id = $id::int;\n-- and\nDELETE FROM accounts;",
       "4: error: query q (sqlite): a second statement; write one a query at offset 46"},
      {"-- name: q :exec\n", "1: error: query q (sqlite): empty query at offset 0"},
      {"-- name: q :exec\n\n/* nothing */ ;\n", "3: error: query q (sqlite): empty query at offset 0"},
      {"-- name: q :one\nSELECT\n  count(*) FROM notes",
       "2: error: query q (sqlite): column count(*) is an expression, whose type is not known; write AS "
       "\"name::int!\""},
      {"-- name: q :one\nSELECT\n  count(*) AS n FROM notes",
       "3: error: query q (sqlite): column n is an expression, whose type is not known; write AS \"n::int!\" or the "
       "like at offset 21"},
      {"-- name: q :one\nSELECT count(*) AS \"n!\" FROM notes",
       "2: error: query q (sqlite): column n is an expression"},
      {"-- name: q :many\nSELECT note FROM loose", "2: error: query q (sqlite): column note is declared VARCHAR(9)"},
      {"-- name: q :many\nSELECT id,\n  email AS \"email::uuid\" FROM accounts",
       "3: error: query q (sqlite): column email is declared TEXT, but uuid is stored as BLOB at offset 22"},
      {"-- name: q :many\nSELECT created AS \"created::digest\" FROM accounts",
       "2: error: query q (sqlite): column created is declared INTEGER, but digest is stored as BLOB"},
      {"-- name: q :many\nSELECT id AS \"id::time\" FROM accounts",
       "2: error: query q (sqlite): column id is declared BLOB, but time is stored as INTEGER"},
      {"-- name: q :many\nSELECT email AS \"email::bool\" FROM accounts",
       "2: error: query q (sqlite): column email is declared TEXT, but bool is stored as INTEGER"},
      {"-- name: q :many\nSELECT id AS \"id::guid\" FROM accounts",
       "2: error: query q (sqlite): unknown type `guid` of column id at offset 13"},
      {"-- name: q :many\nSELECT id AS \"class\" FROM accounts",
       "2: error: query q (sqlite): column `class` is not a snake_case C++ name; give it one with AS at offset 13"},
      {"-- name: q :many\nSELECT id AS \"an id\" FROM accounts", "2: error: query q (sqlite): column `an id` is not"},
      {"-- name: q :many\nSELECT a.id, n.id FROM accounts a JOIN notes n ON n.account = a.id",
       "2: error: query q (sqlite): two columns are called id"},
  };
  for (const auto& [queries, error] : cases) {
    SCOPED_TRACE(queries);
    const auto outcome = run(queries);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(outcome.errors.starts_with("queries/q.sql:" + std::string(error))) << outcome.errors;
    EXPECT_EQ(outcome.errors.find('\n'), outcome.errors.size() - 1) << outcome.errors;
  }
}

TEST_F(Sqlgen, SaysWhatIsWrongWithAMigration) {
  static constexpr struct {
    std::string_view name, sql, error;
  } cases[] = {
      {"0002_more.sql", "-- ;\nCREATE TABLE a (b TEXT) STRICT;\n\nCREATE TABLE c (\n  d TXET) STRICT;",
       "migrations/0002_more.sql:4: error: unknown datatype for c.d: \"TXET\"\n"},
      {"0002_more.sql", "CREATE TABLE a (b TEXT) STRICT;\nCREATE TABEL c (d TEXT);",
       "migrations/0002_more.sql:2: error: near \"TABEL\": syntax error\n"},
      {"0002_more.sql", "\nCREATE INDEX i\nON accounts (emial);",
       "migrations/0002_more.sql:3: error: no such column: emial\n"},
      {"0002_more.sql", "INSERT INTO notes VALUES (1, x'', '');\n\nINSERT INTO notes VALUES (2, x'', NULL);",
       "migrations/0002_more.sql:3: error: NOT NULL constraint failed: notes.text\n"},
      {"0003_more.sql", "",
       "migrations/0003_more.sql:1: error: expected a migration called 0002_name.sql, with no gap\n"},
      {"0001_again.sql", "", "migrations/0001_again.sql:1: error: expected a migration called 0002_name.sql"},
      {"2_more.sql", "", "migrations/2_more.sql:1: error: expected a migration called 0002_name.sql"},
      {"0002.sql", "", "migrations/0002.sql:1: error: expected a migration called 0002_name.sql"},
  };
  for (const auto& [name, sql, error] : cases) {
    SCOPED_TRACE(sql);
    write(fs::path("migrations") / name, sql);
    const auto outcome = run("-- name: q :exec\nDELETE FROM notes");
    fs::remove(folder / "migrations" / name);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.errors.find(error), std::string::npos) << outcome.errors;
  }
}

TEST_F(Sqlgen, RewritesParametersAndNothingElse) {
  const auto source = generate(
      "-- name: q :many\nSELECT '$a ''$b::text' AS \"s::text\", email, /* $d::text */ `name` -- it's $e\n"
      "FROM [accounts] WHERE name=$name::text? AND email IN($email::text,$name::text?)AND created>$n::int-1\n",
      "out/queries.cpp");

  expect_contains(source,
                  "\"SELECT '$a ''$b::text' AS \\\"s::text\\\", email, /* $d::text */ `name` -- it's $e\\n\"\n"
                  "          \"FROM [accounts] WHERE name=?1 AND email IN(?2,?1)AND created>?3-1\"");
  expect_contains(source, "q_.many(Read::q, name, email, n)");
}

TEST_F(Sqlgen, GivesEachTypeItsCppParameter) {
  const auto header = generate(
      "-- name: a :exec\nUPDATE notes SET text = $t::text, account = $b::blob WHERE id = $i::int\n"
      "-- name: b :exec\nUPDATE notes SET text = $r::real, account = $u::uuid WHERE id = $t::bool\n"
      "-- name: c :exec\nUPDATE notes SET text = $t::time, account = $d::digest\n"
      "-- name: d :exec\nUPDATE notes SET text = $t::text?, account = $u::uuid? WHERE id = $i::time?\n");

  expect_contains(header, "  std::int64_t a(std::string_view t, core::ByteView b, std::int64_t i);\n");
  expect_contains(header, "  std::int64_t b(double r, const core::Uuid& u, bool t);\n");
  expect_contains(header, "  std::int64_t c(core::Timestamp t, const core::Digest& d);\n");
  expect_contains(header,
                  "  std::int64_t d(std::optional<std::string_view> t, const std::optional<core::Uuid>& u, "
                  "std::optional<core::Timestamp> i);\n");
}

TEST_F(Sqlgen, PutsMoreThanThreeParametersIntoAStructInOrderOfAppearance) {
  const auto header = generate(
      "-- name: add_account :exec\nINSERT INTO accounts (id, email, name, created)\n"
      "VALUES ($id::uuid, $email::text, $name::text?, $created::time)\n");

  expect_contains(header,
                  "struct AddAccountParams {\n"
                  "  sqlite::Required<core::Uuid> id;\n"
                  "  sqlite::Required<std::string_view> email;\n"
                  "  sqlite::Required<std::optional<std::string_view>> name;\n"
                  "  sqlite::Required<core::Timestamp> created;\n"
                  "};\n");
  expect_contains(header, "  std::int64_t add_account(const AddAccountParams& params);\n");
}

TEST_F(Sqlgen, TakesTypesAndNullabilityOfColumnsFromTheSchemaAndTheirAliases) {
  const auto header = generate(
      "-- name: a :opt\nSELECT * FROM accounts\n"
      "-- name: b :many\nSELECT id AS \"key::uuid\", name AS \"name!\", email AS \"email?\",\n"
      "  created AS \"created::time?\", count(*) AS \"n::int!\", count(*) AS \"m::int\" FROM accounts GROUP BY id\n"
      "-- name: c :one\nSELECT id, text FROM notes\n"
      "-- name: d :many\nSELECT id, note AS \"note::text\" FROM loose\n");

  expect_contains(header,
                  "struct ARow {\n  core::Bytes id;\n  std::string email;\n  std::optional<std::string> name;\n"
                  "  std::int64_t created;\n};\n");
  expect_contains(header, "  std::optional<ARow> a();\n");
  expect_contains(header,
                  "  std::string name;\n  std::optional<std::string> email;\n"
                  "  std::optional<core::Timestamp> created;\n  std::int64_t n;\n  std::optional<std::int64_t> m;\n");
  expect_contains(header, "  std::vector<BRow> b();\n");
  expect_contains(header, "struct CRow {\n  std::int64_t id;\n  std::string text;\n};\n");
  expect_contains(header, "  CRow c();\n");
  expect_contains(header, "struct DRow {\n  std::optional<std::int64_t> id;\n  std::optional<std::string> note;\n};\n");
}

TEST_F(Sqlgen, MakesColumnsOptionalWhereTheQueryCanMakeNulls) {
  static constexpr struct {
    std::string_view sql, type;
  } cases[] = {
      {"SELECT email FROM accounts", "std::string"},
      {"SELECT email FROM accounts WHERE EXISTS (SELECT 1 FROM notes WHERE account = accounts.id) ORDER BY created",
       "std::string"},
      {"SELECT email FROM accounts JOIN notes ON account = accounts.id", "std::string"},
      {"UPDATE accounts SET name = NULL RETURNING email", "std::string"},
      {"INSERT INTO accounts VALUES (x'', '', NULL, 1) ON CONFLICT (id) DO UPDATE SET name = 'x' RETURNING email",
       "std::string"},
      {"DELETE FROM accounts RETURNING name", "std::optional<std::string>"},
      {"SELECT text FROM accounts LEFT JOIN notes ON account = accounts.id", "std::optional<std::string>"},
      {"SELECT email FROM accounts LEFT JOIN notes ON account = accounts.id WHERE text > ''", "std::string"},
      {"SELECT email FROM notes FULL JOIN accounts ON account = accounts.id", "std::optional<std::string>"},
      {"SELECT email AS \"email!\" FROM accounts LEFT JOIN notes ON account = accounts.id", "std::string"},
      {"SELECT (SELECT email FROM accounts WHERE id = account) AS email FROM notes", "std::optional<std::string>"},
      {"SELECT email FROM accounts UNION ALL SELECT name FROM accounts", "std::optional<std::string>"},
  };
  for (const auto& [sql, type] : cases) {
    SCOPED_TRACE(sql);
    expect_contains(generate("-- name: q :many\n" + std::string(sql)), "  std::vector<" + std::string(type) + "> q();");
  }
}

TEST_F(Sqlgen, ReturnsASingleColumnWithoutAStruct) {
  const auto header = generate(
      "-- name: a :opt\nSELECT name FROM accounts\n-- name: b :one\nSELECT id AS \"id::uuid\" FROM accounts\n");

  expect_contains(header, "  std::optional<std::optional<std::string>> a();\n  core::Uuid b();\n");
  EXPECT_EQ(header.find("struct"), std::string::npos);
}

TEST_F(Sqlgen, TurnsTheCommentUnderTheNameIntoADocComment) {
  const auto header = generate(
      "-- name: a :opt\n-- The name,\n--\n-- if any.\nSELECT name FROM accounts -- but not this\n"
      "-- name: b :exec\n\n-- nor this\nDELETE FROM notes\n");

  expect_contains(header,
                  "\n\n  /// The name,\n  ///\n  /// if any.\n  std::optional<std::optional<std::string>> a();\n"
                  "  std::int64_t b();\n");
}

TEST_F(Sqlgen, LeavesFilesWithTheSameContentUntouched) {
  generate("-- name: q :exec\nDELETE FROM notes\n");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto* file : {"queries.h", "queries.cpp", "migrations.h", "migrations.cpp"})
    fs::last_write_time(folder / "out" / file, long_ago);

  generate("-- name: q :exec\nDELETE FROM notes WHERE id = 1\n");

  EXPECT_EQ(fs::last_write_time(folder / "out/queries.h"), long_ago);
  EXPECT_GT(fs::last_write_time(folder / "out/queries.cpp"), long_ago);
  EXPECT_EQ(fs::last_write_time(folder / "out/migrations.h"), long_ago);
  EXPECT_EQ(fs::last_write_time(folder / "out/migrations.cpp"), long_ago);
}

TEST_F(Sqlgen, ListsFoldersAndFilesAsDependencies) {
  EXPECT_EQ(generate("-- name: q :exec\nDELETE FROM notes\n", "out/inputs.d"),
            "out/queries.h: migrations migrations/0001_accounts.sql queries queries/q.sql\n");
}

TEST_F(Sqlgen, ReadsEveryFileOfTheFolder) {
  write("queries/b.sql", "-- name: from_b :exec\nDELETE FROM notes");
  const auto header = generate("-- name: from_q :exec\nDELETE FROM notes");
  expect_contains(header, "  std::int64_t from_b();\n  std::int64_t from_q();\n");

  write("queries/c.sql", "-- name: from_q :exec\nDELETE FROM notes");
  EXPECT_EQ(
      run().errors,
      "queries/q.sql:1: error: query from_q (sqlite): duplicate name, first used at queries/c.sql:1 at offset 0\n");
}

}  // namespace
}  // namespace sallyport::sqlgen
