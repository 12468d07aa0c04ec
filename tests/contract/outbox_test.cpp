#include "store_test.h"

namespace sallyport::contract {
namespace {

using mail::MailState;

inline constexpr Outcome lease_lost{Fault::conflict, "lease_lost"};
inline constexpr Outcome mail_not_found{Fault::not_found, "mail_not_found"};

class OutboxContract : public StoreTest {
 protected:
  mail::Outbox& outbox() { return stores->outbox(); }
  /// Comes into being with an account, as mails do with their causes.
  mail::MailId queued(std::string_view email) {
    auto account = new_account(email);
    const auto id = mail::MailId::fresh(now(), mint.random());
    account.mail = mail::NewMail{.id = id,
                                 .kind = mail::MailKind::welcome,
                                 .account = account.id,
                                 .locale = "de",
                                 .payload = {1, 2, 3},
                                 .created_at = now()};
    run(accounts().create_account(std::move(account))).value();
    return id;
  }
  std::vector<mail::LeasedMail> lease(int most = 10) {
    return run(outbox().lease(now(), now() + minutes{1}, most)).value();
  }
  Outcome settle(const mail::LeasedMail& leased, mail::Settlement settlement) {
    return outcome(outbox().settle(leased.mail.id, leased.fence, std::move(settlement), now()));
  }
  mail::StoredMail find(mail::MailId id) { return run(outbox().find(id)).value(); }
  std::vector<mail::MailId> listed(mail::MailFilter filter) {
    std::vector<mail::MailId> ids;
    for (const auto& mail : run(outbox().list(filter)).value()) ids.push_back(mail.id);
    return ids;
  }
};
INSTANTIATE_TEST_SUITE_P(On, OutboxContract, every_adapter, adapter_name);

TEST_P(OutboxContract, AMailComesWithItsCauseOrNotAtAll) {
  const auto id = queued("ann@example.org");
  auto refused = new_account("ann@example.org");
  refused.mail = mail::NewMail{.id = mail::MailId::fresh(now(), mint.random()),
                               .kind = mail::MailKind::welcome,
                               .account = refused.id,
                               .locale = {},
                               .payload = {9},
                               .created_at = now()};
  ASSERT_EQ(outcome(accounts().create_account(refused)), identifier_taken);

  EXPECT_EQ(listed({}), std::vector{id});
  const auto mail = find(id);
  EXPECT_EQ(mail.kind, "welcome");
  EXPECT_EQ(mail.locale, "de");
  EXPECT_EQ(mail.payload, (core::Bytes{1, 2, 3}));
  EXPECT_EQ(mail.state, MailState::waiting);
  EXPECT_EQ(mail.due_at, now());
  EXPECT_EQ(outcome(outbox().find(refused.mail->id)), mail_not_found);
}

TEST_P(OutboxContract, ALeasedMailIsNobodyElsesUntilTheLeaseIsOver) {
  const auto id = queued("ann@example.org");

  const auto first = lease();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].mail.id, id);
  EXPECT_EQ(first[0].mail.attempts, 1);
  EXPECT_TRUE(lease().empty());

  clock.advance(minutes{1});
  const auto second = lease();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].mail.attempts, 2);
  EXPECT_EQ(settle(first[0], mail::Delivered{}), lease_lost) << "the first sender was given up";
  EXPECT_EQ(settle(second[0], mail::Delivered{}), success);
  EXPECT_EQ(settle(second[0], mail::Delivered{}), lease_lost) << "once only";
}

TEST_P(OutboxContract, TheLongestDueGoFirstAndNoMoreThanAskedFor) {
  const auto oldest = queued("a@example.org");
  clock.advance(seconds{1});
  const auto middle = queued("b@example.org");
  clock.advance(seconds{1});
  queued("c@example.org");

  const auto leased = lease(2);

  ASSERT_EQ(leased.size(), 2U);
  EXPECT_EQ(leased[0].mail.id, oldest);
  EXPECT_EQ(leased[1].mail.id, middle);
  EXPECT_EQ(lease(2).size(), 1U);
}

TEST_P(OutboxContract, ADeliveredMailLosesItsPayloadAndIsNotSentAgain) {
  const auto id = queued("ann@example.org");
  ASSERT_EQ(settle(lease().at(0), mail::Delivered{}), success);

  const auto mail = find(id);
  EXPECT_EQ(mail.state, MailState::delivered);
  EXPECT_TRUE(mail.payload.empty());
  EXPECT_EQ(mail.settled_at, now());
  EXPECT_EQ(mail.due_at, std::nullopt);
  clock.advance(hours{1});
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(outcome(outbox().retry(id, now())), (Outcome{Fault::conflict, "mail_delivered"}));
}

TEST_P(OutboxContract, APostponedMailIsDueThenAndSaysWhy) {
  const auto id = queued("ann@example.org");
  ASSERT_EQ(settle(lease().at(0), mail::Postponed{now() + minutes{5}, "451 try later"}), success);

  EXPECT_EQ(find(id).last_error, "451 try later");
  EXPECT_EQ(run(outbox().next_due()).value(), now() + minutes{5});
  EXPECT_TRUE(lease().empty());
  clock.advance(minutes{5});
  ASSERT_EQ(lease().size(), 1U);
  EXPECT_EQ(find(id).payload, (core::Bytes{1, 2, 3}));
}

TEST_P(OutboxContract, ADeadLetterKeepsItsPayloadAndCanBeRetried) {
  const auto id = queued("ann@example.org");
  ASSERT_EQ(settle(lease().at(0), mail::GivenUp{"550 no such user"}), success);
  EXPECT_EQ(find(id).state, MailState::failed);
  EXPECT_EQ(find(id).payload, (core::Bytes{1, 2, 3}));
  clock.advance(hours{1});
  ASSERT_TRUE(lease().empty());
  EXPECT_EQ(run(outbox().next_due()).value(), std::nullopt);

  ASSERT_EQ(outcome(outbox().retry(id, now())), success);

  const auto again = lease();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].mail.attempts, 1) << "as if it had never been tried";
  EXPECT_EQ(outcome(outbox().retry(mail::MailId::fresh(now(), mint.random()), now())), mail_not_found);
}

TEST_P(OutboxContract, NextDueLooksAtLeasesToo) {
  EXPECT_EQ(run(outbox().next_due()).value(), std::nullopt);
  queued("ann@example.org");
  EXPECT_EQ(run(outbox().next_due()).value(), now());

  lease();

  EXPECT_EQ(run(outbox().next_due()).value(), now() + minutes{1});
}

TEST_P(OutboxContract, ListsNewestFirstByStateAndPage) {
  const auto delivered = queued("a@example.org");
  ASSERT_EQ(settle(lease().at(0), mail::Delivered{}), success);
  clock.advance(seconds{1});
  const auto failed = queued("b@example.org");
  ASSERT_EQ(settle(lease().at(0), mail::GivenUp{"no"}), success);
  clock.advance(seconds{1});
  const auto waiting = queued("c@example.org");

  EXPECT_EQ(listed({}), (std::vector{waiting, failed, delivered}));
  EXPECT_EQ(listed({.before = waiting, .most = 1}), std::vector{failed});
  EXPECT_EQ(listed({.state = MailState::waiting}), std::vector{waiting});
  EXPECT_EQ(listed({.state = MailState::delivered}), std::vector{delivered});
  EXPECT_EQ(listed({.state = MailState::failed}), std::vector{failed});
}

TEST_P(OutboxContract, ReadingOneIsToldInTheAuditLog) {
  const auto id = queued("ann@example.org");
  const auto account = find(id).account;
  const auto events = [&] {
    std::vector<std::string> names;
    for (const auto& row : run(stores->audit_log().recent(account, 10)).value()) names.push_back(row.event);
    return names;
  };

  run(outbox().find(id)).value();
  EXPECT_EQ(events(), std::vector<std::string>{"account_registered"}) << "the sender's look is not";
  EXPECT_EQ(run(outbox().read(id, now(), {})).value().payload, (core::Bytes{1, 2, 3}));

  EXPECT_EQ(events(), (std::vector<std::string>{"mail_read", "account_registered"}));
  EXPECT_EQ(outcome(outbox().read(mail::MailId::fresh(now(), mint.random()), now(), {})), mail_not_found);
}

TEST_P(OutboxContract, SummaryCountsWhatWaitsAndWhatWasGivenUp) {
  const auto nothing = run(outbox().summary()).value();
  EXPECT_EQ(nothing.waiting, 0);
  EXPECT_EQ(nothing.failed, 0);
  EXPECT_EQ(nothing.oldest_waiting, std::nullopt);
  for (const auto* email : {"a@example.org", "b@example.org"}) queued(email);
  const auto leased = lease();
  ASSERT_EQ(settle(leased[0], mail::Delivered{}), success);
  ASSERT_EQ(settle(leased[1], mail::GivenUp{"no"}), success);
  clock.advance(seconds{1});
  const auto oldest = now();
  queued("c@example.org");
  clock.advance(seconds{1});
  queued("d@example.org");
  lease(1);

  const auto summary = run(outbox().summary()).value();
  EXPECT_EQ(summary.waiting, 2) << "one of them on its way";
  EXPECT_EQ(summary.failed, 1);
  EXPECT_EQ(summary.oldest_waiting, oldest);
}

TEST_P(OutboxContract, AllDeadLettersCanBeRetriedAtOnce) {
  for (const auto* email : {"a@example.org", "b@example.org", "c@example.org"}) queued(email);
  const auto leased = lease();
  ASSERT_EQ(settle(leased[0], mail::Delivered{}), success);
  ASSERT_EQ(settle(leased[1], mail::GivenUp{"no"}), success);
  ASSERT_EQ(settle(leased[2], mail::GivenUp{"no"}), success);

  EXPECT_EQ(run(outbox().retry_failed(now())).value(), 2);
  EXPECT_EQ(run(outbox().retry_failed(now())).value(), 0);

  const auto again = lease();
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].mail.attempts, 1);
}

TEST_P(OutboxContract, TidyRemovesWhatWasSettledLongAgoInSmallBatches) {
  for (const auto* email : {"a@example.org", "b@example.org", "c@example.org"}) queued(email);
  for (const auto& leased : lease()) ASSERT_EQ(settle(leased, mail::Delivered{}), success);
  clock.advance(hours{24});
  const auto waiting = queued("d@example.org");

  EXPECT_EQ(run(outbox().tidy(now() - hours{1}, now() - hours{48}, 2)).value(), 2);
  EXPECT_EQ(run(outbox().tidy(now() - hours{1}, now() - hours{48}, 2)).value(), 1);
  EXPECT_EQ(run(outbox().tidy(now() - hours{1}, now() - hours{48}, 2)).value(), 0);
  EXPECT_EQ(listed({}), std::vector{waiting});
  EXPECT_EQ(run(outbox().tidy(now() - hours{1}, now() + hours{1}, 2)).value(), 1) << "nobody sends it";
}

}  // namespace
}  // namespace sallyport::contract
