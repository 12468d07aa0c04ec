#include "store_test.h"

namespace sallyport::contract {
namespace {

class AuditLogContract : public StoreTest {
 protected:
  std::vector<audit::StoredEntry> recent(core::AccountId account, int most) {
    return run(stores->audit_log().recent(account, most)).value();
  }
};
INSTANTIATE_TEST_SUITE_P(On, AuditLogContract, every_adapter, adapter_name);

TEST_P(AuditLogContract, TellsTheNewestFirstAndNoMoreThanAsked) {
  const auto account = registered();
  clock.advance(seconds{1});
  const auto phone = opened(account.id);
  clock.advance(seconds{1});
  run(sessions().end(phone.session.id, sessions::EndReason::signed_out, now(), origin)).value();

  const auto rows = recent(account.id, 2);

  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].event, "session_ended");
  EXPECT_EQ(rows[0].at, now());
  EXPECT_EQ(rows[0].account, account.id);
  EXPECT_EQ(rows[0].session, phone.session.id);
  EXPECT_EQ(rows[0].ip, origin.ip);
  EXPECT_EQ(rows[1].event, "signed_in");
  EXPECT_EQ(recent(account.id, 100).size(), 3U);
}

TEST_P(AuditLogContract, TellsOnlyOfTheAccountAskedFor) {
  const auto ann = registered("ann@example.org");
  const auto bob = registered("bob@example.org");

  EXPECT_EQ(recent(ann.id, 100).size(), 1U);
  EXPECT_EQ(recent(ann.id, 100)[0].session, ann.session->id);
  EXPECT_EQ(recent(core::AccountId::fresh(now(), mint.random()), 100).size(), 0U);
}

TEST_P(AuditLogContract, RowsOfOneStartFormOneChainInTheOrderOfTheWrites) {
  const auto account = registered();
  for (int i = 0; i < 3; ++i) opened(account.id, "device " + std::to_string(i));
  run(accounts().create_account(new_account("ann@example.org"))).error();  // refused: no row

  const auto rows = recent(account.id, 100);

  for (const auto& row : rows) EXPECT_EQ(row.stream, rows[0].stream);
  for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_EQ(rows[i].sequence, rows[i - 1].sequence - 1);
  EXPECT_EQ(rows.back().sequence, 1);
}

TEST_P(AuditLogContract, TellsTheNewestOfAll) {
  registered("ann@example.org");
  clock.advance(seconds{1});
  const auto bob = registered("bob@example.org");

  const auto newest = run(stores->audit_log().recent(std::nullopt, 1)).value();

  ASSERT_EQ(newest.size(), 1U);
  EXPECT_EQ(newest[0].account, bob.id);
  EXPECT_EQ(run(stores->audit_log().recent(std::nullopt, 100)).value().size(), 2U);
}

TEST_P(AuditLogContract, ReadBackInPagesTheChainIsWhole) {
  const auto account = registered();
  for (int i = 0; i < 3; ++i) opened(account.id, "device " + std::to_string(i));
  std::optional<audit::RowPlace> after;
  std::vector<audit::FoundRow> rows;

  for (;;) {
    auto page = run(stores->audit_log().rows_after(after, 2)).value();
    if (page.empty()) break;
    ASSERT_LE(page.size(), 2U);
    after = page.back().place;
    std::ranges::move(page, std::back_inserter(rows));
  }

  audit::ChainCheck check({});
  for (auto& row : rows) {
    EXPECT_TRUE(row.person);
    row.person.reset();  // the key they are bound by is the store's own
    check.see(row);
  }
  EXPECT_EQ(check.breaks(), std::vector<audit::ChainBreak>{});
  EXPECT_EQ(check.rows(), 5) << "one of the sessions was one too many";
  EXPECT_EQ(run(stores->audit_log().bereft_persons()).value().size(), 0U);
}

}  // namespace
}  // namespace sallyport::contract
