#include <fmt/format.h>

#include <filesystem>

#include "failing_vfs.h"
#include "migrations.h"
#include "sqlite_store.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

using sqlite::Access;
using sqlite::Connection;
using sqlite::Statement;

inline constexpr Outcome store_unavailable{Fault::unavailable, "store_unavailable"};

std::int64_t number(Connection& connection, std::string_view sql) {
  return Statement(connection.handle(), sql).one([](const Statement& row) { return row.get<std::int64_t>(0); });
}

/// Checks every chain of an audit log by itself: numbers without gaps, each row's hash and the hash before it, and the
/// commitment to the person's row. Gives how many rows there are.
std::size_t check_chains(Connection& connection, const crypto::HmacKey& commitment_key) {
  struct Row {
    core::Bytes stream, salt;
    std::int64_t sequence;
    core::Timestamp at;
    std::string event, person;
    std::optional<core::Uuid> account, session;
    core::Digest commitment, previous, hash;
  };
  Statement select(connection.handle(),
                   "SELECT e.stream, p.salt, e.sequence, e.at, e.event, p.person, e.account_id, e.session_id, "
                   "e.person_commitment, e.previous_hash, e.hash FROM audit_events e JOIN audit_persons p "
                   "ON p.stream = e.stream AND p.sequence = e.sequence ORDER BY e.stream, e.sequence");
  const auto rows = select.many([](const Statement& row) {
    return Row{row.get<core::Bytes>(0),
               row.get<core::Bytes>(1),
               row.get<std::int64_t>(2),
               row.get<core::Timestamp>(3),
               row.get<std::string>(4),
               row.get<std::string>(5),
               row.get<std::optional<core::Uuid>>(6),
               row.get<std::optional<core::Uuid>>(7),
               row.get<core::Digest>(8),
               row.get<core::Digest>(9),
               row.get<core::Digest>(10)};
  });
  EXPECT_EQ(number(connection, "SELECT count(*) FROM audit_events"), std::ssize(rows));
  EXPECT_EQ(number(connection, "SELECT count(*) FROM audit_persons"), std::ssize(rows));
  const auto big_endian = [](std::int64_t number) {
    core::Bytes bytes;
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(number >> shift));
    return bytes;
  };
  const Row* before = nullptr;
  for (const auto& row : rows) {
    const bool is_first = before == nullptr || before->stream != row.stream;
    EXPECT_EQ(row.sequence, is_first ? 1 : before->sequence + 1);
    EXPECT_EQ(row.previous, is_first ? core::Digest{} : before->hash);
    EXPECT_EQ(row.commitment, commitment_key.mac({row.salt, core::as_bytes(row.person)}));
    core::Bytes text;
    const auto append = [&text](core::ByteView part) { text.insert(text.end(), part.begin(), part.end()); };
    append(core::as_bytes("sallyport/audit/v1"));
    append(row.stream);
    append(big_endian(row.sequence));
    append(big_endian(row.at.time_since_epoch().count()));
    append(big_endian(std::ssize(row.event)));
    append(core::as_bytes(row.event));
    text.push_back(row.account ? 1 : 0);
    text.push_back(row.session ? 1 : 0);
    if (row.account) append(row.account->bytes());
    if (row.session) append(row.session->bytes());
    append(row.commitment);
    append(row.previous);
    EXPECT_EQ(row.hash, crypto::sha256(text)) << row.event << ' ' << row.sequence;
    before = &row;
  }
  return rows.size();
}

/// Database and WAL as they lie on the disk now: what the next start of a process that dies here finds.
std::filesystem::path copy_of(const std::filesystem::path& file, const std::filesystem::path& to) {
  std::filesystem::create_directory(to);
  for (const auto* suffix : {"", "-wal"}) {
    const std::filesystem::path from = file.string() + suffix;
    if (std::filesystem::exists(from)) std::filesystem::copy_file(from, to / ("store.db" + std::string(suffix)));
  }
  return to / "store.db";
}

class SqliteTest : public Scene {
 protected:
  SqliteStore& open(const std::string& file_system = {}) {
    store.reset();
    store = std::make_unique<SqliteStore>(file, clock, lifetimes, file_system, ++starts);
    return *store;
  }
  Outcome create(std::string_view email) { return outcome(store->accounts.create_account(new_account(email))); }
  Outcome find_account(std::string_view email) {
    return outcome(store->accounts.find_sign_in(accounts::EmailKey::fold(email).value()));
  }
  Connection look() { return Connection(file, Access::read_write); }
  /// Nothing half there: what one registration writes is all there, or none of it is.
  static void expect_whole(Connection& connection) {
    const auto accounts = number(connection, "SELECT count(*) FROM accounts");
    EXPECT_EQ(number(connection, "SELECT count(*) FROM credentials"), accounts);
    EXPECT_EQ(number(connection, "SELECT count(*) FROM sessions"), accounts);
    EXPECT_EQ(number(connection, "SELECT count(*) FROM audit_events"), accounts);
    EXPECT_EQ(number(connection, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    Statement check(connection.handle(), "PRAGMA integrity_check");
    EXPECT_EQ(check.one([](const Statement& row) { return row.get<std::string>(0); }), "ok");
  }

  system_adapter::TemporaryFolder folder;
  const std::filesystem::path file = folder / "store.db";
  std::uint64_t starts = 0;
  FailingVfs vfs;
  std::unique_ptr<SqliteStore> store;
};

TEST_F(SqliteTest, WhatWasWrittenIsThereAfterAReopen) {
  open();
  const auto account = new_account("ann@example.org");
  ASSERT_EQ(outcome(store->accounts.create_account(account)), success);
  const auto phone = new_device(account.id, "phone");
  ASSERT_EQ(outcome(store->sessions.open(opening_of(phone))), success);
  const auto rotation = run(store->sessions.rotate_refresh(rotation_of(phone.refresh_token))).value();
  for (std::uint8_t i = 1; i <= 5; ++i) {
    run(store->attempts.reserve({.key = {1}, .print = {i}}, now())).value();
    run(store->attempts.settle({.key = {1}, .print = {i}}, throttle::Verdict::failed, now())).value();
  }

  open();

  EXPECT_EQ(find_account("ann@example.org"), success);
  EXPECT_EQ(outcome(store->sessions.find(phone.session.id, now())), success);
  EXPECT_EQ(run(store->sessions.rotate_refresh(rotation_of(phone.refresh_token)))->nonce, rotation.nonce);
  EXPECT_EQ(run(store->attempts.reserve({.key = {1}, .print = {1}}, now()))->state,
            throttle::Reservation::State::locked);
}

TEST_F(SqliteTest, EveryAnsweredSuccessIsThereForTheNextStartOfAProcessThatDies) {
  open();
  core::TaskContext context(loop, core::Moment::max());
  std::vector<std::string> answered;
  static constexpr std::size_t people = 300;
  for (std::size_t i = 0; i < people; ++i) {
    const auto email = "p" + std::to_string(i) + "@example.org";
    start(context, store->accounts.create_account(new_account(email)), [&, email](const Result<void>& result) {
      EXPECT_EQ(outcome_of(result), success);
      answered.push_back(email);
    });
  }
  for (int copies = 0; answered.size() < people; ++copies) {
    loop.wait_and_turn();  // the writer goes on while we copy: the last frames of the copy may be torn
    const auto promised = answered;
    Connection copy(copy_of(file, folder / fmt::format("copy {}", copies)), Access::read_write);
    migrate(copy);
    expect_whole(copy);
    for (const auto& email : promised) {
      EXPECT_TRUE(copy.queries().find_sign_in(std::string_view(email))) << email;
    }
  }
}

TEST_F(SqliteTest, AFailedFlushEndsTheStoreAndLosesNothingThatWasAnswered) {
  open(vfs.name());
  ASSERT_EQ(create("before@example.org"), success);

  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  EXPECT_EQ(create("during@example.org"), store_unavailable);
  EXPECT_EQ(store->failures, 1);

  vfs.heal();
  EXPECT_EQ(create("after@example.org"), store_unavailable) << "nobody knows what the disk holds";
  EXPECT_EQ(store->failures, 1);

  open();
  EXPECT_EQ(find_account("before@example.org"), success);
  EXPECT_EQ(find_account("after@example.org"), account_not_found);
  EXPECT_EQ(create("again@example.org"), success);
  auto connection = look();
  expect_whole(connection);
  check_chains(connection, store->commitment_key);
}

TEST_F(SqliteTest, AFailedWriteEndsTheStoreAndEveryWaiterIsAnswered) {
  open(vfs.name());
  ASSERT_EQ(create("before@example.org"), success);
  core::TaskContext context(loop, core::Moment::max());
  vfs.fail_writes(SQLITE_IOERR_WRITE);
  std::size_t refused = 0;
  for (int i = 0; i < 50; ++i) {
    start(context, store->accounts.create_account(new_account(fmt::format("p{}@example.org", i))),
          [&](const Result<void>& result) { refused += outcome_of(result) == store_unavailable ? 1 : 0; });
  }

  for (int turns = 0; refused < 50 && turns < 50; ++turns) loop.wait_and_turn();

  EXPECT_EQ(refused, 50U);
  EXPECT_EQ(store->failures, 1);
  vfs.heal();
  open();
  EXPECT_EQ(find_account("before@example.org"), success);
  EXPECT_EQ(find_account("p0@example.org"), account_not_found);
}

TEST_F(SqliteTest, AFlushThatFailsInACheckpointIsAFailureTooAndLosesNothing) {
  open(vfs.name());
  ASSERT_EQ(create("before@example.org"), success);

  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  store->readers.stop();
  store->writer.stop();  // checkpoints
  EXPECT_EQ(store->failures, 1);

  vfs.heal();
  open();
  EXPECT_EQ(find_account("before@example.org"), success);
}

TEST_F(SqliteTest, ReadersGoOnAfterTheWriterHasFailed) {
  open(vfs.name());
  ASSERT_EQ(create("before@example.org"), success);
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  ASSERT_EQ(create("during@example.org"), store_unavailable);

  EXPECT_EQ(find_account("before@example.org"), success);
  EXPECT_EQ(find_account("during@example.org"), account_not_found) << "never what was not answered";
}

TEST_F(SqliteTest, AFullDiskRefusesAndTheStoreWorksOnceThereIsRoom) {
  open(vfs.name());
  ASSERT_EQ(create("before@example.org"), success);

  vfs.fail_writes(SQLITE_FULL);
  EXPECT_EQ(create("during@example.org"), store_unavailable);
  EXPECT_EQ(create("during@example.org"), store_unavailable);
  EXPECT_EQ(find_account("before@example.org"), success);
  EXPECT_EQ(store->failures, 0);

  vfs.heal();
  EXPECT_EQ(find_account("during@example.org"), account_not_found);
  EXPECT_EQ(create("after@example.org"), success);
  EXPECT_EQ(create("during@example.org"), success);
  auto connection = look();
  expect_whole(connection);
  EXPECT_EQ(check_chains(connection, store->commitment_key), 3U) << "the batches rolled back left no gap";
  store.reset();
  open();
  EXPECT_EQ(find_account("after@example.org"), success);
}

TEST_F(SqliteTest, ItemsThatFailLeaveNoGapInTheAuditChain) {
  open();
  ASSERT_EQ(create("taken@example.org"), success);
  core::TaskContext context(loop, core::Moment::max());
  std::size_t answered = 0;
  for (int i = 0; i < 60; ++i) {
    const auto email = i % 2 == 0 ? "taken@example.org" : fmt::format("p{}@example.org", i);
    start(context, store->accounts.create_account(new_account(email)), [&](const Result<void>&) { ++answered; });
    // Fails after it has written its row of the log: the second session has the token of the first.
    auto twin = new_account(fmt::format("twin{}@example.org", i));
    twin.session->token_digest = core::Digest{7};
    start(context, store->accounts.create_account(std::move(twin)), [&](const Result<void>&) { ++answered; });
  }
  while (answered < 120) loop.wait_and_turn();

  auto connection = look();
  expect_whole(connection);
  EXPECT_EQ(check_chains(connection, store->commitment_key), 1U + 30U + 1U);
}

TEST_F(SqliteTest, ABatchRunsAgainOnlyForAnItemThatFailsAfterItHasWritten) {
  open();
  const auto& repeated = store->writer.counters().repeated;
  const auto first = new_account("first@example.org");
  ASSERT_EQ(outcome(store->accounts.create_account(first)), success);

  EXPECT_EQ(create("first@example.org"), identifier_taken);
  EXPECT_EQ(repeated, 0U) << "a refusal that has written nothing costs its neighbours nothing";

  for (int i = 0; i < 5; ++i) {
    auto twin = new_account(fmt::format("twin{}@example.org", i));
    twin.session->token_digest = first.session->token_digest;
    EXPECT_EQ(outcome(store->accounts.create_account(twin)), (Outcome{Fault::internal, "internal_error"}));
  }
  EXPECT_EQ(repeated, 1U) << "after the first, batches run with savepoints";
  EXPECT_EQ(create("neighbour@example.org"), success);

  auto connection = look();
  expect_whole(connection);
  EXPECT_EQ(check_chains(connection, store->commitment_key), 2U);
}

TEST_F(SqliteTest, EachStartHasAChainOfItsOwn) {
  for (const auto* email : {"a@example.org", "b@example.org"}) {
    open();
    ASSERT_EQ(create(email), success);
    ASSERT_EQ(create(fmt::format("also.{}", email)), success);
  }

  auto connection = look();
  EXPECT_EQ(check_chains(connection, store->commitment_key), 4U);
  EXPECT_EQ(number(connection, "SELECT count(DISTINCT stream) FROM audit_events"), 2);
}

TEST_F(SqliteTest, AConstraintBrokenIsAnInternalErrorThatTellsNoSql) {
  open();
  auto first = new_account("first@example.org");
  ASSERT_EQ(outcome(store->accounts.create_account(first)), success);
  auto second = new_account("second@example.org");
  second.session->token_digest = first.session->token_digest;

  const auto refused = run(store->accounts.create_account(second));

  EXPECT_EQ(outcome_of(refused), (Outcome{Fault::internal, "internal_error"}));
  EXPECT_NE(refused.error().log_detail, "");
  EXPECT_EQ(store->failures, 0);
  EXPECT_EQ(find_account("second@example.org"), account_not_found);
  EXPECT_EQ(create("third@example.org"), success);
}

TEST_F(SqliteTest, WorkWhoseDeadlineHasPassedIsNotBegun) {
  open();

  EXPECT_EQ(outcome_of(loop.run(store->accounts.create_account(new_account("late@example.org")), clock.moment())),
            (Outcome{Fault::deadline_exceeded, "deadline_exceeded"}));
  EXPECT_EQ(find_account("late@example.org"), account_not_found);
  EXPECT_EQ(
      outcome_of(loop.run(store->sessions.find(core::SessionId::fresh(now(), mint.random()), now()), clock.moment())),
      (Outcome{Fault::deadline_exceeded, "deadline_exceeded"}));
}

TEST_F(SqliteTest, AfterAStopNewWorkIsRefusedAndTheWalIsGone) {
  open();
  ASSERT_EQ(create("ann@example.org"), success);

  store->readers.stop();
  store->writer.stop();

  EXPECT_EQ(create("late@example.org"), (Outcome{Fault::unavailable, "shutting_down"}));
  EXPECT_EQ(find_account("ann@example.org"), (Outcome{Fault::unavailable, "shutting_down"}));
  EXPECT_EQ(std::filesystem::file_size(file.string() + "-wal"), 0U) << "all of it is in the database file";
}

class SqliteMigration : public testing::Test {
 protected:
  Connection open() { return Connection(folder / "store.db", Access::read_write); }
  /// As a program from the future leaves it.
  void come_from_the_future(int min_reader) {
    auto connection = open();
    migrate(connection);
    connection.execute(
        fmt::format("PRAGMA user_version = 99; UPDATE schema_info SET version = 99, min_reader = {}", min_reader));
  }
  const int newest = static_cast<int>(sqlite::migrations().size());
  system_adapter::TemporaryFolder folder;
};

TEST_F(SqliteMigration, AppliesEachMigrationOnceAndReopeningChangesNothing) {
  auto first = open();
  migrate(first);
  ASSERT_EQ(number(first, "PRAGMA user_version"), newest);
  const auto schema = number(first, "PRAGMA schema_version");

  migrate(first);
  auto second = open();
  migrate(second);

  EXPECT_EQ(number(second, "PRAGMA user_version"), newest);
  EXPECT_EQ(number(second, "PRAGMA schema_version"), schema);
  EXPECT_EQ(number(second, "SELECT count(*) FROM schema_info"), 1);
}

TEST_F(SqliteMigration, RefusesADatabaseThatNeedsANewerProgramWithASentence) {
  come_from_the_future(newest + 1);
  auto connection = open();

  try {
    migrate(connection);
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(),
              fmt::format("the database has schema 99, which needs a newer version of sallyport (this one "
                          "knows schemas up to {})",
                          newest));
  }
  EXPECT_EQ(number(connection, "PRAGMA user_version"), 99);
  connection.execute("BEGIN IMMEDIATE; ROLLBACK");  // no lock is left behind
}

TEST_F(SqliteMigration, RunsOnANewerSchemaThatItCanStillRead) {
  come_from_the_future(newest);
  auto connection = open();

  migrate(connection);

  EXPECT_EQ(number(connection, "PRAGMA user_version"), 99);
}

TEST_F(SqliteTest, EndedSessionsAreRemovedOnceTheirRetentionIsOver) {
  auto& opened = open();
  const auto account = new_account("ann@example.org");
  run(opened.accounts.create_account(account)).value();
  run(opened.sessions.end(account.session->id, sessions::EndReason::signed_out, now(), origin)).value();
  clock.advance(seconds{1});

  EXPECT_EQ(run(opened.sessions.remove_over(now() - seconds{1}, 10)).value(), 0);
  EXPECT_EQ(run(opened.sessions.remove_over(now(), 10)).value(), 1) << "long before it would have expired";
  auto connection = look();
  EXPECT_EQ(number(connection, "SELECT count(*) FROM sessions"), 0);
}

}  // namespace
}  // namespace sallyport::contract
