// What sqlgen writes for testdata/, used on a real database.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <limits>
#include <memory>

#include "core/fake_random.h"
#include "migrations.h"
#include "queries.h"

namespace sallyport::sqlgen_testdata {
namespace {

constexpr core::Timestamp noon{std::chrono::microseconds{1'767'268'800'000'001}};

struct CloseDatabase {
  void operator()(sqlite3* database) const { EXPECT_EQ(sqlite3_close(database), SQLITE_OK); }
};

struct Generated : testing::Test {
  Generated() : database(open()), queries(database.get()) {
    for (const auto& migration : migrations()) execute(std::string(migration.sql));
    execute("PRAGMA foreign_keys = ON");
  }
  static sqlite3* open() {
    sqlite3* opened = nullptr;
    sqlite3_open(":memory:", &opened);
    return opened;
  }
  void execute(const std::string& sql) {
    ASSERT_EQ(sqlite3_exec(database.get(), sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database.get());
  }
  core::Uuid add(std::string_view name, std::int64_t number) {
    const auto id = core::Uuid::v7(noon, random);
    queries.add_thing({.id = id,
                       .name = name,
                       .payload = core::ByteView(),
                       .number = number,
                       .ratio = 0.5,
                       .is_active = true,
                       .seen = noon,
                       .digest = digest});
    return id;
  }
  template <class Call>
  static int error_of(Call call) {
    try {
      call();
    } catch (const sqlite::DatabaseError& error) {
      return error.code();
    }
    return SQLITE_OK;
  }

  std::unique_ptr<sqlite3, CloseDatabase> database;
  Queries queries;
  core::FakeRandom random;
  core::Digest digest = random.bytes<32>();
};

TEST_F(Generated, EveryTypeComesBackAsItWasStored) {
  const auto id = core::Uuid::v7(noon, random);
  const core::Bytes payload{0, 1, 255};
  const std::string name("ann\0\xc3\xa9", 6);
  constexpr auto least = std::numeric_limits<std::int64_t>::min();

  const auto added = queries.add_thing({.id = id,
                                        .name = name,
                                        .payload = payload,
                                        .number = least,
                                        .ratio = 0.1,
                                        .is_active = true,
                                        .seen = noon,
                                        .digest = digest});
  const auto found = queries.find_thing(id);

  EXPECT_EQ(added, 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, id);
  EXPECT_EQ(found->name, name);
  EXPECT_EQ(found->payload, payload);
  EXPECT_EQ(found->number, least);
  EXPECT_EQ(found->ratio, 0.1);
  EXPECT_TRUE(found->is_active);
  EXPECT_EQ(found->seen, noon);
  EXPECT_EQ(found->digest, digest);
}

TEST_F(Generated, NullsOfEveryTypeComeBackAsNothing) {
  const auto id = queries.add_blank({.uuid = std::nullopt,
                                     .name = std::nullopt,
                                     .payload = std::nullopt,
                                     .number = std::nullopt,
                                     .ratio = std::nullopt,
                                     .is_active = std::nullopt,
                                     .seen = std::nullopt,
                                     .digest = std::nullopt});
  const auto found = queries.find_blank(id);

  EXPECT_FALSE(found.uuid || found.name || found.payload || found.number || found.ratio || found.is_active ||
               found.seen || found.digest);
  EXPECT_EQ(queries.count_null_digests(std::nullopt, std::nullopt), 1);
}

TEST_F(Generated, EmptyIsNotNull) {
  const auto uuid = core::Uuid::v7(noon, random);
  const auto id = queries.add_blank({.uuid = uuid,
                                     .name = std::string_view(),
                                     .payload = core::ByteView(),
                                     .number = 0,
                                     .ratio = 0.0,
                                     .is_active = false,
                                     .seen = core::Timestamp(),
                                     .digest = digest});
  const auto found = queries.find_blank(id);

  EXPECT_EQ(found.uuid, uuid);
  EXPECT_EQ(found.name, "");
  EXPECT_EQ(found.payload, core::Bytes());
  EXPECT_EQ(found.number, 0);
  EXPECT_EQ(found.ratio, 0.0);
  EXPECT_EQ(found.is_active, false);
  EXPECT_EQ(found.seen, core::Timestamp());
  EXPECT_EQ(found.digest, digest);
  EXPECT_EQ(queries.count_null_digests(digest, uuid), 1);
}

TEST_F(Generated, OptDistinguishesNoRowFromANullColumn) {
  execute("INSERT INTO blanks (id) VALUES (7)");

  EXPECT_FALSE(queries.find_thing(core::Uuid::v7(noon, random)).has_value());
  EXPECT_FALSE(queries.blank_number(6).has_value());
  EXPECT_TRUE(queries.blank_number(7).has_value());
  EXPECT_FALSE(queries.blank_number(7)->has_value());
}

TEST_F(Generated, OneThrowsUnlessThereIsExactlyOneRow) {
  EXPECT_EQ(error_of([&] { queries.find_blank(1); }), SQLITE_NOTFOUND);

  add("ann", 1);
  execute(
      "DROP TABLE notes; CREATE TABLE spare AS SELECT * FROM things; DROP TABLE things;"
      "ALTER TABLE spare RENAME TO things; INSERT INTO things SELECT * FROM things");

  EXPECT_EQ(error_of([&] { queries.rename_and_report("bob", "a%"); }), SQLITE_MISUSE);
}

TEST_F(Generated, ManyKeepsTheOrderOfTheQuery) {
  add("cyd", 3);
  add("ann", 2);
  add("bob", 1);

  EXPECT_EQ(queries.thing_names(2), (std::vector<std::string>{"ann", "cyd"}));
  EXPECT_EQ(queries.thing_names(4), std::vector<std::string>());
}

TEST_F(Generated, ExecCountsTheRowsItChanged) {
  add("ann", 1);
  add("bob", 2);

  EXPECT_EQ(queries.rename_things("!", 0), 2);
  EXPECT_EQ(queries.rename_things("!", 1), 1);
  EXPECT_EQ(queries.rename_things("!", 2), 0);
  EXPECT_EQ(queries.thing_names(0), (std::vector<std::string>{"ann!", "bob!!"}));
}

TEST_F(Generated, AnOuterJoinGivesNothingForTheMissingSide) {
  const auto ann = add("ann", 1);
  add("bob", 1);
  queries.add_note(ann, "hello");

  const auto rows = queries.noted_things();

  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].name, "ann");
  EXPECT_EQ(rows[0].text, "hello");
  EXPECT_EQ(rows[1].name, "bob");
  EXPECT_EQ(rows[1].text, std::nullopt);
}

TEST_F(Generated, AStatementWorksAgainAfterAConstraintError) {
  add("ann", 1);

  EXPECT_EQ(error_of([&] { add("ann", 2); }), SQLITE_CONSTRAINT_UNIQUE);

  add("bob", 3);
  EXPECT_EQ(queries.thing_names(0), (std::vector<std::string>{"ann", "bob"}));
}

TEST_F(Generated, AnErrorOfTheCommitIsThrownAndNotLostInTheReset) {
  EXPECT_EQ(error_of([&] { queries.add_note(core::Uuid::v7(noon, random), "of nothing"); }),
            SQLITE_CONSTRAINT_FOREIGNKEY);
}

TEST_F(Generated, EveryStatementIsResetAndUnboundAfterItsUse) {
  const auto id = add("ann", 1);
  queries.find_thing(id);
  execute("UPDATE blanks SET id = id; INSERT INTO blanks (id, uuid) VALUES (1, x'00')");
  EXPECT_EQ(error_of([&] { queries.find_blank(1); }), SQLITE_CORRUPT);

  for (auto* statement = sqlite3_next_stmt(database.get(), nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(database.get(), statement)) {
    EXPECT_EQ(sqlite3_stmt_busy(statement), 0) << sqlite3_sql(statement);
    const std::unique_ptr<char, decltype(&sqlite3_free)> bound(sqlite3_expanded_sql(statement), sqlite3_free);
    EXPECT_EQ(std::string_view(bound.get()).find("x'"), std::string_view::npos) << bound.get();
  }
}

TEST_F(Generated, StoredDataThatIsNoSuchValueIsRefusedAsCorrupt) {
  static constexpr const char* cases[] = {"uuid = x'00'", "uuid = x''", "digest = x'00'", "is_active = 2",
                                          "is_active = -1"};
  for (const auto* change : cases) {
    SCOPED_TRACE(change);
    execute(std::string("INSERT OR REPLACE INTO blanks (id) VALUES (1); UPDATE blanks SET ") + change);
    EXPECT_EQ(error_of([&] { queries.find_blank(1); }), SQLITE_CORRUPT);
  }
}

TEST_F(Generated, MigrationsAreEmbeddedByteForByte) {
  ASSERT_EQ(migrations().size(), 2);
  EXPECT_EQ(migrations()[0].number, 1);
  EXPECT_EQ(migrations()[0].name, "things");
  EXPECT_TRUE(
      migrations()[0].sql.starts_with("-- One column of each type, with and without NULL; \"quotes\", a \\ and a ';' "
                                      "survive being embedded.\nCREATE "));
  EXPECT_EQ(migrations()[1].number, 2);
  EXPECT_TRUE(migrations()[1].sql.ends_with(") STRICT;\n"));
}

template <class Params>
concept CanOmitMembers = requires { Params{}; };
static_assert(!CanOmitMembers<AddThingParams>, "a forgotten parameter must not become an empty value");

}  // namespace
}  // namespace sallyport::sqlgen_testdata
