#include <algorithm>
#include <array>

#include "idempotency/request_namer.h"
#include "recovery/recovery_mails.h"
#include "recovery/request_recovery.h"
#include "verification/request_verification.h"
#include "verification_scene.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;
using flows::FlowKind;

inline constexpr Outcome idempotency_key_used{Fault::conflict, "idempotency_key_used"};

/// One kind of request, and the task that answers it.
struct Asking {
  std::string name;  ///< of its mails, too
  const accounts::RequestMails& mails;
  accounts::AnswerMailRequests& task;

  FlowKind kind() const { return mails.kind(); }
  std::string at_example() const { return name + "@example.org"; }
};

/// Strangers who ask for mails, and what answers them: the same for every kind.
class MailRequests : public VerificationScene {
 protected:
  static constexpr minutes valid_for{30};

  flows::FlowHandle ask(const Asking& asking, std::string_view address) {
    auto email = accounts::Email::parse(address).value();
    if (asking.kind() == FlowKind::recovery) return run(request_recovery({.email = std::move(email)})).value().handle;
    const auto started = run(request_verification(std::move(email))).value();
    return flows::FlowHandle::parse(started.handle.reveal()).value();
  }
  std::size_t answer(const Asking& asking) { return run(asking.task.answer_due()).value(); }
  flows::StoredFlow stored(const flows::FlowHandle& handle) {
    return run(verification().find(handle.id())).value()->stored;
  }
  std::vector<accounts::DueRequest> due(const Asking& asking) {
    return run(stores->mail_requests().due(asking.kind(), now(), 10)).value();
  }
  /// The answer to the only request that is due.
  accounts::RequestAnswer made(const Asking& asking) {
    const auto request = due(asking).at(0);
    return {.request = request.id, .mail = asking.mails.mail_of(request, request.account.value(), now())};
  }
  accounts::AnsweredRequests write(FlowKind kind, std::vector<accounts::RequestAnswer> answers) {
    return run(stores->mail_requests().answer(kind, std::move(answers), now())).value();
  }
  std::int64_t mails_of(const Asking& asking) { return std::ranges::count(mails(), asking.name); }
  mail::Letter letter_to(core::AccountId account) {
    auto all = run(stores->outbox().list({})).value();
    std::erase_if(all, [&](const auto& mail) { return mail.account != account; });
    return mail_desk.open(all.at(0)).value();
  }

  core::Bell bell;
  recovery::RequestRecoveryHandler request_recovery{{.requests = stores->mail_requests(),
                                                     .done = stores->done_requests(),
                                                     .keyring = mint.keyring(),
                                                     .bell = bell,
                                                     .clock = clock,
                                                     .random = mint.random()},
                                                    valid_for};
  verification::RequestVerificationHandler request_verification{stores->mail_requests(), bell, clock, mint.random(),
                                                                valid_for};
  const recovery::RecoveryMails recovery_mails{desk, valid_for};
  const verification::VerificationMails verification_mails{desk, valid_for};
  accounts::AnswerMailRequests recovery_task{stores->mail_requests(), recovery_mails, bell, clock};
  accounts::AnswerMailRequests verification_task{stores->mail_requests(), verification_mails, bell, clock};
  const Asking for_recovery{"recovery", recovery_mails, recovery_task};
  const Asking for_verification{"verification", verification_mails, verification_task};
  const std::array<Asking, 2> every_kind{for_recovery, for_verification};
};
INSTANTIATE_TEST_SUITE_P(On, MailRequests, every_adapter, adapter_name);

TEST_P(MailRequests, AskingWritesTheSameRowWhoeverHasTheAddress) {
  registered();
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    const auto rings = bell.rings();

    const auto known = stored(ask(asking, "ann@example.org")), unknown = stored(ask(asking, "eve@example.org"));

    for (const auto& row : {known, unknown}) {
      EXPECT_EQ(row.flow.kind, asking.kind());
      EXPECT_FALSE(row.flow.account);
      EXPECT_TRUE(row.flow.address && row.flow.due_at == now());
      EXPECT_FALSE(row.flow.link_digest || row.flow.code_mac || row.flow.credential_version);
    }
    EXPECT_EQ(bell.rings(), rings + 2);
  }
  EXPECT_TRUE(mails().empty());
}

TEST_P(MailRequests, AMailIsMadeOnceAndKeepsTheAddressThatItProves) {
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    const auto owner = registered(asking.at_example());
    const auto handle = ask(asking, asking.name + "@Example.ORG");

    EXPECT_EQ(answer(asking), 1U);
    EXPECT_EQ(answer(asking), 0U);

    EXPECT_EQ(mails_of(asking), 1);
    EXPECT_EQ(asking.task.counters().mailed, 1U);
    EXPECT_EQ(letter_to(owner.id).to, asking.at_example()) << "as its owner typed it";
    const auto row = stored(handle).flow;
    EXPECT_EQ(row.account, owner.id);
    ASSERT_TRUE(row.address);
    EXPECT_EQ(row.address->key, asking.at_example());
  }
}

TEST_P(MailRequests, TheCodeOfAMailWorksWithTheHandleOfWhoAsked) {
  const auto ann = registered();
  const auto handle = ask(for_verification, "ann@example.org");
  answer(for_verification);

  const auto letter = letter_to(ann.id);
  const auto code = flows::OneTimeCode::parse(letter.code->reveal()).value();

  EXPECT_EQ(verify({.id = handle.id(), .handle = handle.digest(), .code_macs = code.macs(mint.keyring(), handle.id())}),
            success);
}

TEST_P(MailRequests, AMailIsMadeOnceTheAnswerHasLongLeft) {
  static constexpr std::chrono::milliseconds pause{100};
  registered();
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    ask(asking, "ann@example.org");

    clock.advance(pause - std::chrono::microseconds{1});
    EXPECT_EQ(run(asking.task.answer_due(pause)).value(), 0U);
    clock.advance(std::chrono::microseconds{1});
    EXPECT_EQ(run(asking.task.answer_due(pause)).value(), 1U);
  }
}

TEST_P(MailRequests, AStrangersHandleSaysOfNoVerificationThatTheyHadTheCredentials) {
  registered();
  const auto recovery = ask(for_recovery, "ann@example.org"), verification = ask(for_verification, "ann@example.org");
  for (const auto& asking : every_kind) answer(asking);

  EXPECT_EQ(stored(recovery).flow.credential_version, 1) << "it ends with them";
  EXPECT_EQ(stored(verification).flow.credential_version, std::nullopt) << "else the password would not be asked for";
}

TEST_P(MailRequests, NobodysSuspendedAndDeletedOnesAreDismissedAndTheirAddressWiped) {
  const auto sue = registered("sue@example.org"), dee = registered("dee@example.org");
  ASSERT_EQ(set_status(sue.id, AccountStatus::suspended), success);
  ASSERT_EQ(set_status(dee.id, AccountStatus::deleted), success);
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    std::vector<flows::FlowHandle> handles;
    for (const auto* const address : {"eve@example.org", "sue@example.org", "dee@example.org"})
      handles.push_back(ask(asking, address));

    EXPECT_EQ(answer(asking), 3U);

    EXPECT_EQ(asking.task.counters().dismissed, 3U);
    for (const auto& handle : handles) {
      const auto row = stored(handle).flow;
      EXPECT_FALSE(row.due_at || row.address || row.account || row.link_digest);
    }
  }
  EXPECT_TRUE(mails().empty());
}

TEST_P(MailRequests, AVerifiedAddressGetsNoMailOfVerification) {
  const auto begun = registered_with_flow(new_account("vera@example.org"));
  ASSERT_EQ(verify(begun.by_link()), success);
  const auto mailed = mails().size();
  const auto handle = ask(for_verification, "vera@example.org");

  EXPECT_EQ(answer(for_verification), 1U);

  EXPECT_EQ(mails().size(), mailed);
  EXPECT_FALSE(stored(handle).flow.address);
}

TEST_P(MailRequests, WhoNeverProvedTheAddressIsNotGreetedByTheNameThatAStrangerMayHaveWritten) {
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    auto squatted = new_account(asking.at_example());
    squatted.display_name = accounts::DisplayName::parse("Mallory").value();
    ASSERT_EQ(outcome(accounts().create_account(squatted)), success);
    ask(asking, asking.at_example());

    answer(asking);

    EXPECT_EQ(letter_to(squatted.id).name, std::nullopt);
  }
}

TEST_P(MailRequests, AnAccountGetsThreeMailsAnHourAndTenADayOfEachKind) {
  registered();
  const auto ask_and_answer = [&](const Asking& asking, int times) {
    for (int i = 0; i < times; ++i) ask(asking, "ann@example.org");
    EXPECT_EQ(answer(asking), static_cast<std::size_t>(times));
  };

  for (const auto& asking : every_kind) {
    ask_and_answer(asking, 5);
    EXPECT_EQ(mails_of(asking), 3);
  }
  for (int hour = 0; hour < 4; ++hour) {
    clock.advance(minutes{61});
    for (const auto& asking : every_kind) ask_and_answer(asking, 3);
  }
  for (const auto& asking : every_kind) EXPECT_EQ(mails_of(asking), 10);

  clock.advance(hours{24});
  for (const auto& asking : every_kind) {
    ask_and_answer(asking, 1);
    EXPECT_EQ(mails_of(asking), 11);
    EXPECT_EQ(asking.task.counters().mailed, 11U);
  }
}

TEST_P(MailRequests, ARequestThatTwoServersAnswerHasOneMail) {
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    registered(asking.at_example());
    ask(asking, asking.at_example());
    const auto first = made(asking), second = made(asking), third = made(asking);

    EXPECT_EQ(write(asking.kind(), {first, second}).mailed, 1);
    EXPECT_EQ(write(asking.kind(), {third}).mailed, 0);

    EXPECT_EQ(mails_of(asking), 1);
  }
}

TEST_P(MailRequests, AnAnswerForSomebodyWhoLostTheAddressMeanwhileIsNotWritten) {
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    const auto before = registered(asking.at_example());
    const auto handle = ask(asking, asking.at_example());
    const auto late = made(asking);
    ASSERT_EQ(set_status(before.id, AccountStatus::deleted), success);
    const auto next = registered(asking.at_example());

    const auto answered = write(asking.kind(), {late});

    EXPECT_EQ(answered.mailed + answered.dismissed, 0);
    EXPECT_EQ(answer(asking), 1U) << "it is still due, and answered to whom it belongs now";
    EXPECT_EQ(stored(handle).flow.account, next.id);
    EXPECT_EQ(mails_of(asking), 1);
  }
}

TEST_P(MailRequests, ARequestWhoseAccountHasOtherCredentialsByNowIsLookedAtAgain) {
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    const auto owner = registered(asking.at_example());
    ask(asking, asking.at_example());
    const auto late = made(asking);
    stores->move_credential_version(owner.id);

    const auto answered = write(asking.kind(), {late});

    EXPECT_EQ(answered.mailed + answered.dismissed, 0);
    EXPECT_EQ(answer(asking), 1U);
    EXPECT_EQ(mails_of(asking), 1);
  }
}

TEST_P(MailRequests, ARequestWhoseAccountWasSuspendedMeanwhileIsLookedAtAgain) {
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    const auto owner = registered(asking.at_example());
    ask(asking, asking.at_example());
    const auto late = made(asking);
    ASSERT_EQ(set_status(owner.id, AccountStatus::suspended), success);

    const auto answered = write(asking.kind(), {late});

    EXPECT_EQ(answered.mailed + answered.dismissed, 0);
    EXPECT_EQ(answer(asking), 1U);
    EXPECT_EQ(asking.task.counters().dismissed, 1U);
    EXPECT_EQ(mails_of(asking), 0);
  }
}

TEST_P(MailRequests, CountFromTheMailHoweverLateItWasMade) {
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    registered(asking.at_example());
    const auto handle = ask(asking, asking.at_example());
    clock.advance(hours{1});  // the server was down

    answer(asking);

    EXPECT_EQ(stored(handle).flow.expires_at, now() + valid_for);
  }
}

TEST_P(MailRequests, AreOfOneKindAndWaitUntilTheyAreAnswered) {
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    const auto& other = asking.kind() == FlowKind::recovery ? for_verification : for_recovery;
    registered(asking.at_example());
    ask(asking, asking.at_example());
    EXPECT_TRUE(due(other).empty());
    const auto of_another_kind = write(other.kind(), {made(asking)});
    EXPECT_EQ(of_another_kind.mailed + of_another_kind.dismissed, 0);

    EXPECT_EQ(due(asking).size(), 1U);
    EXPECT_EQ(answer(asking), 1U);

    EXPECT_TRUE(due(asking).empty());
  }
}

TEST_P(MailRequests, AreAnsweredAfterARestart) {
  if (GetParam() == Adapter::memory)
    GTEST_SKIP() << "what is in memory ends with its process: there is no restart to speak of";
  registered();
  for (const auto& asking : every_kind) ask(asking, "ann@example.org");

  stores->restart();

  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    accounts::AnswerMailRequests after(stores->mail_requests(), asking.mails, bell, clock);
    EXPECT_EQ(run(after.answer_due()).value(), 1U);
    EXPECT_EQ(mails_of(asking), 1);
  }
}

TEST_P(MailRequests, ThereIsOneOfAName) {
  const idempotency::RequestNamer name_request{mint.keyring()};
  for (const auto& asking : every_kind) {
    SCOPED_TRACE(asking.name);
    const idempotency::RequestNamer::Piece pieces[] = {"ann@example.org"};
    const auto name = name_request(asking.name, idempotency::IdempotencyKey::parse("k1").value(), pieces);
    const auto request = [&] {
      const auto id = flows::FlowId::fresh(now(), mint.random());
      return outcome(
          stores->mail_requests().request({.id = id,
                                           .kind = asking.kind(),
                                           .address = {{"ann@example.org", "ann@example.org"}},
                                           .handle_digest = flows::FlowHandle::fresh(id, mint.random()).digest(),
                                           .created_at = now(),
                                           .expires_at = now() + valid_for,
                                           .due_at = now()},
                                          name));
    };

    EXPECT_EQ(request(), success);
    EXPECT_EQ(request(), idempotency_key_used);

    EXPECT_EQ(due(asking).size(), 1U);
    const auto done = run(stores->done_requests().find(name.key, now())).value();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->account, std::nullopt) << "nobody has been looked up";
    EXPECT_EQ(done->at, now());
  }
}

}  // namespace
}  // namespace sallyport::contract
