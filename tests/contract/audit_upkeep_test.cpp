#include "audit_test.h"

namespace sallyport::contract {
namespace {

class AuditUpkeepContract : public AuditTest {
 protected:
  /// Rows of an account, a checkpoint, and two days: all of it may go.
  accounts::NewAccount outdated() {
    auto account = registered();
    for (int i = 0; i < 3; ++i) opened(account.id, "device " + std::to_string(i));
    checkpoint();
    clock.advance(retention);
    return account;
  }
  Outcome remove_old() { return outcome(upkeep->remove_old()); }
};
INSTANTIATE_TEST_SUITE_P(On, AuditUpkeepContract, every_adapter, adapter_name);

TEST_P(AuditUpkeepContract, ACheckpointKnowsTheHeadsOfAllStreams) {
  registered("ann@example.org");
  registered("bob@example.org");
  restart();
  registered("eve@example.org");

  const auto said = audit::parse_checkpoint(checkpoint().text).value();

  const auto tables = stores->audit_tables();
  ASSERT_EQ(tables.checkpoints.size(), 1U);
  EXPECT_EQ(std::tuple(said.number, said.at, said.removed_through), std::tuple(1, now(), 0));
  ASSERT_EQ(said.heads.size(), 2U);
  std::int64_t known = 0;
  for (const auto& head : said.heads) {
    known += head.sequence;
    EXPECT_NE(std::ranges::find_if(tables.rows,
                                   [&](const audit::FoundRow& row) {
                                     return row.place == audit::RowPlace{head.stream, head.sequence} &&
                                            row.hash == head.hash;
                                   }),
              tables.rows.end());
  }
  EXPECT_EQ(known, 3);
}

TEST_P(AuditUpkeepContract, NoneIsMadeWhileNothingChanges) {
  registered();
  const auto first = checkpoint(audit::MakeCheckpoint::if_changed);
  clock.advance(minutes{1});

  EXPECT_EQ(checkpoint(audit::MakeCheckpoint::if_changed), first);
  EXPECT_EQ(stores->audit_tables().checkpoints.size(), 1U);
  EXPECT_EQ(upkeep->counters().checkpoints, 1U);
  EXPECT_EQ(upkeep->counters().checked_at_micros, now().time_since_epoch().count());
}

TEST_P(AuditUpkeepContract, EachMinuteOneIsMadeUntilTheTaskEnds) {
  audit::Upkeep kept_for_ever(stores->audit_log(), keys, clock, std::nullopt);
  core::TaskContext context(loop, core::Moment::max());
  std::optional<Result<void>> ended;
  core::start(context, kept_for_ever.run_forever(), [&](Result<void> how) { ended = std::move(how); });
  for (int minute = 0; minute < 3; ++minute) {
    registered("person" + std::to_string(minute) + "@example.org");
    while (kept_for_ever.counters().checkpoints < static_cast<std::uint64_t>(minute) + 2) {
      clock.advance(seconds{1});
      loop.turn();
    }
  }

  context.interrupt(Fault::cancelled);
  while (!ended) loop.turn();

  EXPECT_EQ(outcome_of(*ended), cancelled);
  EXPECT_EQ(findings(), Kinds{});
  EXPECT_EQ(verify().checkpoints, 4);
}

TEST_P(AuditUpkeepContract, TellsOnceThatRowsAreGone) {
  registered("ann@example.org");
  registered("bob@example.org");
  checkpoint();
  std::vector<std::size_t> told;
  upkeep->report_to(
      {.made = {}, .lost = [&](const auto& made) { told.push_back(made.cut.size()); }, .removing = {}, .failed = {}});
  tamper([](auto& tables) { tables.rows.pop_back(); });

  checkpoint(audit::MakeCheckpoint::if_changed);
  checkpoint();

  EXPECT_EQ(told, std::vector<std::size_t>{1});
  EXPECT_EQ(upkeep->counters().streams_cut, 1);
  EXPECT_EQ(findings(), Kinds{"truncated"});
}

TEST_P(AuditUpkeepContract, OfOldCheckpointsTheNewestOfEachDayIsKept) {
  for (int day = 0; day < 3; ++day) {
    for (int i = 0; i < 30; ++i) {
      checkpoint();
      clock.advance(minutes{1});
    }
    clock.advance(days{1} - minutes{30});
  }
  for (std::int64_t i = 0; i < audit::recent_checkpoints; ++i) checkpoint();

  std::vector<std::int64_t> kept;
  for (const auto& stored : stores->audit_tables().checkpoints) kept.push_back(stored.number);

  ASSERT_EQ(kept.size(), 3U + audit::recent_checkpoints);
  EXPECT_EQ((std::vector(kept.begin(), kept.begin() + 4)), (std::vector<std::int64_t>{30, 60, 90, 91}));
  EXPECT_EQ(findings(), Kinds{});
}

TEST_P(AuditUpkeepContract, RemovesWhatACheckpointOlderThanTheRetentionKnows) {
  outdated();
  const auto exported = checkpoint();  // of today
  registered("bob@example.org");

  ASSERT_EQ(remove_old(), success);

  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(upkeep->counters().rows_removed, 5U);
  EXPECT_EQ(verify({{exported, "today's"}}).rows, 1);
  EXPECT_EQ(findings({{exported, "today's"}}), Kinds{});
  EXPECT_EQ(verify().removed_at, now());
  EXPECT_EQ(run(stores->audit_log().recent(std::nullopt, 100)).value().size(), 1U);
}

TEST_P(AuditUpkeepContract, NothingYoungerIsRemovedAndNothingWithoutACheckpoint) {
  registered();
  clock.advance(retention);
  ASSERT_EQ(remove_old(), success);
  checkpoint();
  clock.advance(retention - microseconds{1});
  ASSERT_EQ(remove_old(), success);
  EXPECT_EQ(rows(), 1U);
  EXPECT_FALSE(stores->audit_tables().removal);

  clock.advance(microseconds{1});

  ASSERT_EQ(remove_old(), success);
  EXPECT_EQ(rows(), 0U);
  EXPECT_EQ(findings(), Kinds{});
}

TEST_P(AuditUpkeepContract, ALaterRemovalStandsForTheEarlier) {
  const auto ann = outdated();
  const auto first = checkpoint();
  ASSERT_EQ(remove_old(), success);
  restart();
  opened(ann.id, "another");
  const auto second = checkpoint();
  clock.advance(retention);
  ASSERT_EQ(remove_old(), success);
  EXPECT_EQ(rows(), 0U);
  opened(ann.id, "yet another");
  for (std::int64_t i = 0; i < audit::recent_checkpoints; ++i) checkpoint();

  const auto tables = stores->audit_tables();
  EXPECT_EQ(std::ssize(tables.checkpoints), audit::recent_checkpoints + 1);
  EXPECT_EQ(tables.removal->checkpoint, tables.checkpoints.front().number);
  EXPECT_EQ(findings({{first, "first"}, {second, "second"}}), Kinds{});
}

TEST_P(AuditUpkeepContract, RemovesInBatches) {
  auto account = registered();
  for (int i = 0; i < audit::Upkeep::rows_a_batch + 10; ++i) opened(account.id, "device " + std::to_string(i % 3));
  checkpoint();
  clock.advance(retention);
  const auto through = audit::parse_checkpoint(stores->audit_tables().checkpoints.front().document.text)->heads;
  ASSERT_EQ(remove_old(), success);
  EXPECT_EQ(rows(), 0U);
  EXPECT_EQ(run(stores->audit_log().remove_rows(through, 10)), 0);
  EXPECT_EQ(findings(), Kinds{});
}

TEST_P(AuditUpkeepContract, AnInterruptedRemovalIsNoFindingAndIsFinished) {
  const auto account = outdated();
  const auto all = rows();
  // As a process does that ends after the first rows.
  const auto oldest = stores->audit_tables().checkpoints.front();
  const audit::Removal decided{oldest.number, digest_of(oldest.document), now()};
  run(stores->audit_log().record_removal({decided.checkpoint, decided.at, keys.sign(to_text(decided))})).value();
  EXPECT_EQ(run(stores->audit_log().remove_rows(audit::parse_checkpoint(oldest.document.text)->heads, 2)), 2);
  EXPECT_EQ(rows(), all - 2);
  EXPECT_EQ(findings(), Kinds{});

  restart();
  ASSERT_EQ(remove_old(), success);

  EXPECT_EQ(rows(), 0U);
  EXPECT_EQ(findings(), Kinds{});
}

TEST_P(AuditUpkeepContract, NothingIsRemovedWhileSomebodyHoldsRemovals) {
  outdated();
  {
    const auto hold = run(upkeep->hold()).value();
    ASSERT_EQ(remove_old(), success);
    EXPECT_EQ(rows(), 5U);
    EXPECT_FALSE(stores->audit_tables().removal);
  }
  ASSERT_EQ(remove_old(), success);
  EXPECT_EQ(rows(), 0U);
}

TEST_P(AuditUpkeepContract, OnTheWordOfAForgedRecordNothingIsRemoved) {
  outdated();
  tamper([](auto& tables) { tables.checkpoints.front().document.signature[0] ^= 1; });
  EXPECT_EQ(remove_old(), (Outcome{Fault::internal, "audit_record_forged"}));

  tamper([&](auto& tables) {
    tables.checkpoints.front().document.signature[0] ^= 1;
    tables.removal = {1, now(), audit::checkpoint_keys_for_test(8).sign(to_text(audit::Removal{1, {}, now()}))};
  });
  EXPECT_EQ(remove_old(), (Outcome{Fault::internal, "audit_record_forged"}));
  EXPECT_EQ(rows(), 5U);
}

TEST_P(AuditUpkeepContract, ARemovalNamesACheckpointThatIsThereAndNeverGoesBack) {
  checkpoint();
  checkpoint();
  const auto record = [&](std::int64_t number) {
    return outcome(stores->audit_log().record_removal({number, now(), keys.sign("any")}));
  };
  const Outcome outdated_removal{Fault::conflict, "audit_removal_outdated"};

  EXPECT_EQ(record(3), outdated_removal);
  EXPECT_EQ(record(2), success);
  EXPECT_EQ(record(1), outdated_removal);
  EXPECT_EQ(stores->audit_tables().removal->checkpoint, 2);
}

TEST_P(AuditUpkeepContract, ErasingAPersonLeavesTheChainWhole) {
  const auto ann = registered("ann@example.org"), bob = registered("bob@example.org");
  for (int i = 0; i < 2; ++i) opened(ann.id, "device " + std::to_string(i));
  checkpoint();

  EXPECT_EQ(run(stores->audit_log().erase_persons(ann.id, 2)), 2);
  EXPECT_EQ(run(stores->audit_log().erase_persons(ann.id, 2)), 1);
  EXPECT_EQ(run(stores->audit_log().erase_persons(ann.id, 2)), 0);

  for (const auto& row : stores->audit_tables().rows) {
    EXPECT_EQ(row.person.has_value(), row.account == bob.id.uuid());
  }
  for (const auto& row : run(stores->audit_log().recent(ann.id, 10)).value()) EXPECT_EQ(row.ip, "");
  EXPECT_EQ(run(stores->audit_log().recent(bob.id, 10)).value()[0].ip, origin.ip);
  EXPECT_EQ(findings(), Kinds{});
}

}  // namespace
}  // namespace sallyport::contract
