#include "verification/request_verification.h"
#include "verification_scene.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;
using flows::FlowKind;

/// Strangers who ask for a verification mail, and the task that answers them.
class MailRequests : public VerificationScene {
 protected:
  flows::FlowHandle ask(std::string_view address) {
    const auto started = run(request(accounts::Email::parse(address).value())).value();
    return flows::FlowHandle::parse(started.handle.reveal()).value();
  }
  std::size_t answer() { return run(task.answer_due()).value(); }
  flows::StoredFlow stored(const flows::FlowHandle& handle) {
    return run(verification().find(handle.id())).value()->stored;
  }
  std::vector<accounts::DueRequest> due() {
    return run(stores->mail_requests().due(FlowKind::verification, now(), 10)).value();
  }

  const accounts::NewAccount ann = registered();
  core::Bell bell;
  verification::RequestVerificationHandler request{stores->mail_requests(), bell, clock, mint.random(), hours{24}};
  verification::VerificationMails mails_of{desk, hours{24}};
  accounts::AnswerMailRequests task{stores->mail_requests(), mails_of, bell, clock};
};
INSTANTIATE_TEST_SUITE_P(On, MailRequests, every_adapter, adapter_name);

TEST_P(MailRequests, AskingWritesTheSameRowWhoeverHasTheAddress) {
  const auto known = stored(ask("ann@example.org")), unknown = stored(ask("eve@example.org"));

  for (const auto& row : {known, unknown}) {
    EXPECT_FALSE(row.flow.account);
    EXPECT_TRUE(row.flow.address && row.flow.due_at == now());
    EXPECT_FALSE(row.flow.link_digest || row.flow.code_mac);
  }
  EXPECT_TRUE(mails().empty());
  EXPECT_EQ(bell.rings(), 2U);
}

TEST_P(MailRequests, AMailIsMadeOnceAndItsCodeWorksWithTheHandleOfWhoAsked) {
  const auto handle = ask("Ann@Example.org");

  EXPECT_EQ(answer(), 1U);
  EXPECT_EQ(answer(), 0U);

  ASSERT_EQ(mails(), std::vector<std::string>{"verification"});
  const auto letter = mail_desk.open(run(stores->outbox().list({})).value().front()).value();
  EXPECT_EQ(letter.to, "ann@example.org") << "as its owner typed it";
  EXPECT_EQ(stored(handle).flow.account, ann.id);
  const auto code = flows::OneTimeCode::parse(letter.code->reveal()).value();
  EXPECT_EQ(verify({.id = handle.id(), .handle = handle.digest(), .code_macs = code.macs(mint.keyring(), handle.id())}),
            success);
}

TEST_P(MailRequests, NobodysSuspendedAndVerifiedOnesAreDismissedAndTheirAddressWiped) {
  const auto suspended = registered("sue@example.org");
  ASSERT_EQ(set_status(suspended.id, AccountStatus::suspended), success);
  auto verified = new_account("vera@example.org");
  const auto begun = registered_with_flow(verified);
  ASSERT_EQ(verify(begun.by_link()), success);
  const auto mailed = mails().size();
  std::vector<flows::FlowHandle> handles;
  for (const auto* const address : {"eve@example.org", "sue@example.org", "vera@example.org"})
    handles.push_back(ask(address));

  EXPECT_EQ(answer(), 3U);

  EXPECT_EQ(mails().size(), mailed);
  EXPECT_EQ(task.counters().dismissed, 3U);
  for (const auto& handle : handles) {
    const auto row = stored(handle).flow;
    EXPECT_FALSE(row.due_at || row.address || row.account || row.link_digest);
  }
}

TEST_P(MailRequests, AnAccountGetsThreeMailsAnHour) {
  for (int i = 0; i < 5; ++i) ask("ann@example.org");

  EXPECT_EQ(answer(), 5U);

  EXPECT_EQ(mails().size(), 3U);
  EXPECT_EQ(task.counters().mailed, 3U);
}

TEST_P(MailRequests, AnAnswerForSomebodyWhoLostTheAddressMeanwhileIsNotWritten) {
  const auto handle = ask("ann@example.org");
  auto answers = std::vector<accounts::RequestAnswer>{};
  answers.push_back({.request = handle.id(), .mail = mails_of.mail_of(handle.id(), *due().front().account, now())});
  ASSERT_EQ(set_status(ann.id, AccountStatus::deleted), success);
  const auto next = registered("ann@example.org");

  const auto answered = run(stores->mail_requests().answer(std::move(answers), now())).value();

  EXPECT_EQ(answered.mailed + answered.dismissed, 0);
  EXPECT_EQ(answer(), 1U) << "it is still due, and answered to whom it belongs now";
  EXPECT_EQ(stored(handle).flow.account, next.id);
  EXPECT_EQ(mails().size(), 1U);
}

TEST_P(MailRequests, AreOfOneKindAndWaitUntilTheyAreAnswered) {
  ask("ann@example.org");
  EXPECT_TRUE(run(stores->mail_requests().due(FlowKind::recovery, now(), 10)).value().empty());

  EXPECT_EQ(due().size(), 1U);
  EXPECT_EQ(answer(), 1U);

  EXPECT_TRUE(due().empty());
}

}  // namespace
}  // namespace sallyport::contract
