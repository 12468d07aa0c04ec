#include "flows/link_base.h"
#include "idempotency/request_namer.h"
#include "recovery/recovery_mails.h"
#include "recovery/request_recovery.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

inline constexpr Outcome idempotency_key_reused{Fault::invalid, "idempotency_key_reused"};

/// Somebody who asks for a new password, perhaps twice.
class RequestRecoveryOnce : public StoreTest {
 protected:
  static constexpr seconds valid_for{900};

  recovery::RequestRecoveryHandler handler_under(const crypto::Keyring& keyring) {
    return recovery::RequestRecoveryHandler({.requests = stores->mail_requests(),
                                             .done = stores->done_requests(),
                                             .keyring = keyring,
                                             .bell = bell,
                                             .clock = clock,
                                             .random = mint.random()},
                                            valid_for);
  }
  recovery::RequestRecovery asking(std::string_view key = "k1", std::string_view email = "ann@example.org") const {
    const idempotency::RequestNamer::Piece pieces[] = {email};
    return {.email = accounts::Email::parse(email).value(),
            .name = name_request("recovery", idempotency::IdempotencyKey::parse(key).value(), pieces)};
  }
  static std::string text_of(const recovery::Requested& requested) {
    const auto text = requested.handle.text();
    return std::string(text.reveal());
  }
  std::string flow_of(recovery::RequestRecovery command) {
    return text_of(run(requesting(std::move(command))).value());
  }
  Outcome try_to(recovery::RequestRecovery command) { return outcome(requesting(std::move(command))); }

  std::size_t due() { return run(stores->mail_requests().due(flows::FlowKind::recovery, now(), 100)).value().size(); }
  void answer() { run(answering.answer_due()).value(); }
  std::vector<mail::StoredMail> mails() { return run(stores->outbox().list({.state = {}, .before = {}})).value(); }
  std::int64_t noted() { return run(stores->done_requests().remove_old(now() + hours{48}, 100)).value(); }

  const accounts::NewAccount ann = registered();
  core::Bell bell;
  const mail::MailDesk desk{mint.keyring(), mint.random()};
  const flows::LinkBase links{"https://auth.example.org"};
  const idempotency::RequestNamer name_request{mint.keyring()};
  recovery::RequestRecoveryHandler requesting = handler_under(mint.keyring());
  const accounts::FlowDesk flow_desk{desk, links, mint.keyring(), mint.random()};
  const recovery::RecoveryMails mails_of{flow_desk, valid_for};
  accounts::AnswerMailRequests answering{stores->mail_requests(), mails_of, bell, clock};
};
INSTANTIATE_TEST_SUITE_P(On, RequestRecoveryOnce, every_adapter, adapter_name);

TEST_P(RequestRecoveryOnce, ASecondTryHearsTheHandleOfTheFirstAndCausesNoOtherMail) {
  const auto first = flow_of(asking());
  EXPECT_EQ(flow_of(asking()), first) << "before the mail is made";
  EXPECT_EQ(due(), 1U);
  answer();
  clock.advance(minutes{5});

  const auto again = run(requesting(asking())).value();

  EXPECT_EQ(text_of(again), first);
  EXPECT_EQ(again.expires_in, minutes{10}) << "what is left of it";
  EXPECT_EQ(due(), 0U);
  EXPECT_EQ(mails().size(), 1U);
  EXPECT_EQ(bell.rings(), 1U);
  clock.advance(hours{1});
  const auto late = run(requesting(asking())).value();
  EXPECT_EQ(text_of(late), first);
  EXPECT_EQ(late.expires_in, seconds{0});
}

TEST_P(RequestRecoveryOnce, TheCodeCountsWithTheHandleThatTheSecondTryHeard) {
  flow_of(asking());
  answer();
  const auto flow = flow_of(asking());
  const auto letter = desk.open(mails().at(0)).value();

  std::vector<core::FieldError> wrong;
  const auto proof = flows::parse_proof({.code = letter.code->reveal(), .flow = flow}, wrong).value();
  const auto proven = run(stores->recovery().check(flows::digests_of(proof, mint.keyring()), now())).value();

  ASSERT_TRUE(proven);
  EXPECT_EQ(proven->account, ann.id);
}

TEST_P(RequestRecoveryOnce, IsTheSameForNamesThatNobodyHasOrMayNotRecover) {
  const auto bob = registered("bob@example.org");
  ASSERT_EQ(set_status(bob.id, accounts::AccountStatus::suspended), success);
  for (const auto* email : {"nobody@example.org", "bob@example.org"}) {
    SCOPED_TRACE(email);
    const auto first = flow_of(asking(email, email));
    EXPECT_EQ(due(), 1U);
    answer();

    EXPECT_EQ(flow_of(asking(email, email)), first);

    EXPECT_EQ(due(), 0U);
    EXPECT_EQ(try_to(asking(email, "ann@example.org")), idempotency_key_reused);
  }
  EXPECT_EQ(mails().size(), 0U);
}

TEST_P(RequestRecoveryOnce, TheHandleNamesTheTimeOfTheFirstTryAndOthersDiffer) {
  const auto began = now();
  ASSERT_EQ(try_to(asking()), success);
  clock.advance(minutes{1});

  const auto again = run(requesting(asking())).value();
  const auto other = run(requesting(asking("k2"))).value();

  EXPECT_GE(again.handle.id().uuid(), core::Uuid::first_v7(began));
  EXPECT_LT(again.handle.id().uuid(), core::Uuid::first_v7(began + std::chrono::milliseconds{1}));
  EXPECT_EQ(again.handle.id().str().at(14), '7') << "RFC 9562 §4.2";
  EXPECT_NE(other.handle.id(), again.handle.id());
}

TEST_P(RequestRecoveryOnce, TheHandleCannotBeMadeOfWhatIsStoredWithoutTheKey) {
  const auto name = asking();
  const auto first = flow_of(name);
  core::FakeRandom other_random(99);
  const crypto::Keyring other_keyring(crypto::MasterKey::generate(other_random));
  auto with_another_key = handler_under(other_keyring);

  EXPECT_NE(text_of(run(with_another_key(name)).value()), first);
}

TEST_P(RequestRecoveryOnce, TheNameOfAnotherRequestIsRefusedAndChangesNothing) {
  ASSERT_EQ(try_to(asking()), success);

  EXPECT_EQ(try_to(asking("k1", "ben@example.org")), idempotency_key_reused);
  clock.advance(hours{23});
  EXPECT_EQ(try_to(asking("k1", "ben@example.org")), idempotency_key_reused);

  EXPECT_EQ(due(), 1U);
  EXPECT_EQ(try_to(asking("k2", "ben@example.org")), success);
}

TEST_P(RequestRecoveryOnce, AfterADayItIsANewRequest) {
  const auto first = flow_of(asking());
  answer();
  clock.advance(idempotency::known_for - microseconds{1});
  EXPECT_EQ(flow_of(asking()), first);
  EXPECT_EQ(due(), 0U);

  clock.advance(microseconds{1});
  const auto second = flow_of(asking());

  EXPECT_NE(second, first);
  EXPECT_EQ(due(), 1U);
  EXPECT_EQ(flow_of(asking()), second);
}

TEST_P(RequestRecoveryOnce, TwoTriesAtOnceAreOneRequestAndBothAreAnswered) {
  std::vector<Result<recovery::Requested>> answers;
  core::TaskContext first(loop, core::Moment::max()), second(loop, core::Moment::max());
  for (auto* context : {&first, &second})
    core::start(*context, requesting(asking()), [&](auto answer) { answers.push_back(std::move(answer)); });

  while (answers.size() < 2) loop.wait_and_turn();

  ASSERT_TRUE(answers[0] && answers[1]);
  EXPECT_EQ(text_of(*answers[0]), text_of(*answers[1]));
  EXPECT_EQ(due(), 1U);
}

TEST_P(RequestRecoveryOnce, WithoutANameEachTryIsARequestAndNothingIsNoted) {
  const accounts::Email email = accounts::Email::parse("ann@example.org").value();

  EXPECT_NE(flow_of({.email = email}), flow_of({.email = email}));

  EXPECT_EQ(due(), 2U);
  EXPECT_EQ(noted(), 0);
}

}  // namespace
}  // namespace sallyport::contract
