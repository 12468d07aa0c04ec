#include "verification_scene.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;
using flows::FlowKind;
using verification::Disowned;

inline constexpr Outcome throttled{Fault::throttled, "throttled"};
inline constexpr Outcome already_verified{Fault::conflict, "already_verified"};

class VerificationStore : public VerificationScene {
 protected:
  const accounts::NewAccount ann = new_account("ann@example.org");
};
INSTANTIATE_TEST_SUITE_P(On, VerificationStore, every_adapter, adapter_name);

TEST_P(VerificationStore, FindsAFlowWithItsAccountAsItIs) {
  const auto begun = registered_with_flow(ann);

  const auto found = run(verification().find(begun.id())).value();

  ASSERT_TRUE(found && found->account);
  EXPECT_EQ(found->account->id, ann.id);
  EXPECT_EQ(found->stored.flow.kind, FlowKind::verification);
  EXPECT_EQ(found->stored.flow.handle_digest, begun.handle.digest());
  EXPECT_EQ(found->stored.flow.address->text, "ann@example.org");
  EXPECT_FALSE(run(verification().find(flows::FlowId::fresh(now(), mint.random()))).value());

  ASSERT_EQ(set_status(ann.id, AccountStatus::deleted), success);
  const auto orphan = run(verification().find(begun.id())).value();
  EXPECT_TRUE(orphan && !orphan->account);
}

TEST_P(VerificationStore, ALinkVerifiesTheAddressOnce) {
  const auto begun = registered_with_flow(ann), second = asked_again(ann);
  clock.advance(hours{1});

  const auto confirmed = run(verification().confirm(confirmation(FlowKind::verification, begun.by_link()))).value();

  EXPECT_TRUE(confirmed.account.is_email_verified);
  EXPECT_EQ(confirmed.account.updated_at, now());
  EXPECT_FALSE(confirmed.has_session);
  EXPECT_TRUE(account_of(ann.id).is_email_verified);
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), success) << "whoever is signed in stays so";
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "address_verified");
  EXPECT_EQ(verify(begun.by_link()), flow_invalid);
  EXPECT_EQ(verify(second.by_link()), flow_invalid) << "the account's others are over, too";
  EXPECT_FALSE(is_found(second));
}

TEST_P(VerificationStore, ACodeWithItsHandleDoesTheSame) {
  const auto begun = registered_with_flow(ann);

  EXPECT_EQ(verify(by_code(begun)), success);

  EXPECT_TRUE(account_of(ann.id).is_email_verified);
  EXPECT_EQ(verify(by_code(begun)), flow_invalid);
}

TEST_P(VerificationStore, FiveWrongCodesAreTheEndOfCodesButNotOfTheLink) {
  const auto begun = registered_with_flow(ann);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(verify(by_wrong_code(begun)), flow_invalid);

  EXPECT_EQ(verify(by_code(begun)), flow_invalid);
  EXPECT_FALSE(account_of(ann.id).is_email_verified);
  EXPECT_EQ(verify(begun.by_link()), success);
}

TEST_P(VerificationStore, AProofIsGoodUntilItExpiresAndForItsKind) {
  const auto begun = registered_with_flow(ann);
  EXPECT_EQ(change(begun.by_link()), flow_invalid);
  clock.advance(hours{24});
  EXPECT_EQ(verify(begun.by_link()), flow_invalid);
  EXPECT_EQ(verify(by_code(begun)), flow_invalid);
  EXPECT_FALSE(account_of(ann.id).is_email_verified);
}

TEST_P(VerificationStore, APendingAccountBecomesActiveAndIsSignedIn) {
  const auto bob = pending_account("bob@example.org");
  const auto begun = registered_with_flow(bob);
  const auto phone = new_device(bob.id, "phone");
  auto asked = confirmation(FlowKind::verification, begun.by_link());
  asked.session = phone.session;
  EXPECT_EQ(find(phone), session_expired);

  const auto confirmed = run(verification().confirm(asked)).value();

  EXPECT_TRUE(confirmed.has_session);
  EXPECT_EQ(confirmed.account.status, AccountStatus::active);
  EXPECT_EQ(account_of(bob.id).status, AccountStatus::active);
  EXPECT_EQ(find(phone), success);
}

TEST_P(VerificationStore, AnActiveAccountGetsNoSessionByAProof) {
  const auto begun = registered_with_flow(ann);
  const auto phone = new_device(ann.id, "phone");
  auto asked = confirmation(FlowKind::verification, begun.by_link());
  asked.session = phone.session;

  EXPECT_FALSE(run(verification().confirm(asked)).value().has_session);

  EXPECT_EQ(find(phone), session_expired);
}

TEST_P(VerificationStore, APasswordThatWasProvenMustStillBeTheOne) {
  const auto begun = registered_with_flow(ann);
  auto asked = confirmation(FlowKind::verification, begun.by_link());
  asked.credential_version = 1;
  stores->move_credential_version(ann.id);

  EXPECT_EQ(outcome(verification().confirm(asked)), credentials_changed);
  EXPECT_FALSE(account_of(ann.id).is_email_verified);

  asked.credential_version = 2;
  EXPECT_EQ(outcome(verification().confirm(asked)), success);
}

TEST_P(VerificationStore, NothingIsProvenOfAnAccountSuspendedOrDeletedMeanwhile) {
  const auto begun = registered_with_flow(ann);
  ASSERT_EQ(set_status(ann.id, AccountStatus::suspended), success);
  EXPECT_EQ(verify(begun.by_link()), flow_invalid);
  EXPECT_EQ(outcome_of(disown(begun)), flow_invalid);
  EXPECT_EQ(account_of(ann.id).status, AccountStatus::suspended);

  ASSERT_EQ(set_status(ann.id, AccountStatus::active), success);
  EXPECT_TRUE(is_found(begun));
  ASSERT_EQ(set_status(ann.id, AccountStatus::deleted), success);
  EXPECT_EQ(verify(begun.by_link()), flow_invalid);
  EXPECT_EQ(outcome_of(disown(begun)), flow_invalid);
}

TEST_P(VerificationStore, OfTwoConfirmationsAtOnceOneCounts) {
  const auto begun = registered_with_flow(ann);
  core::TaskContext one(loop, core::Moment::max()), other(loop, core::Moment::max());
  std::vector<Outcome> outcomes;
  const auto note = [&](const Result<verification::Confirmed>& result) { outcomes.push_back(outcome_of(result)); };

  start(one, verification().confirm(confirmation(FlowKind::verification, begun.by_link())), note);
  start(other, verification().confirm(confirmation(FlowKind::verification, by_code(begun))), note);
  while (outcomes.size() < 2) loop.wait_and_turn();

  EXPECT_EQ(std::ranges::count(outcomes, success), 1);
  EXPECT_EQ(std::ranges::count(outcomes, flow_invalid), 1);
  EXPECT_EQ(std::ranges::count(events(ann.id), "address_verified"), 1);
}

TEST_P(VerificationStore, ConfirmingAndDisowningAtOnceOneCounts) {
  for (const bool is_confirmed_first : {true, false}) {
    SCOPED_TRACE(is_confirmed_first);
    const auto person = new_account(is_confirmed_first ? "first@example.org" : "second@example.org");
    const auto begun = registered_with_flow(person);
    core::TaskContext one(loop, core::Moment::max()), other(loop, core::Moment::max());
    std::optional<Outcome> confirmed, disowned;
    const auto confirm = [&] {
      start(one, verification().confirm(confirmation(FlowKind::verification, begun.by_link())),
            [&](const Result<verification::Confirmed>& result) { confirmed = outcome_of(result); });
    };

    if (is_confirmed_first) confirm();
    start(other,
          verification().disown(
              {.kind = FlowKind::verification, .proof = begun.by_link(), .now = now(), .origin = origin}),
          [&](const Result<Disowned>& result) { disowned = outcome_of(result); });
    if (!is_confirmed_first) confirm();
    while (!confirmed || !disowned) loop.wait_and_turn();

    EXPECT_EQ(*confirmed, is_confirmed_first ? success : flow_invalid);
    EXPECT_EQ(*disowned, is_confirmed_first ? flow_invalid : success);
    EXPECT_EQ(is_there(person.id), is_confirmed_first);
  }
}

TEST_P(VerificationStore, WhoeverDisownsAnUnverifiedAccountDeletesIt) {
  const auto begun = registered_with_flow(ann), second = asked_again(ann);

  EXPECT_EQ(disown(begun).value(), Disowned::account_deleted);

  EXPECT_FALSE(is_there(ann.id));
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), session_expired);
  EXPECT_FALSE(is_found(begun));
  EXPECT_FALSE(is_found(second));
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "account_disowned");
  EXPECT_EQ(outcome(accounts().create_account(new_account("ann@example.org"))), success) << "the address is free";
}

TEST_P(VerificationStore, AVerifiedAccountIsNotDeletedByDisowning) {
  const auto begun = registered_with_flow(ann);
  ASSERT_EQ(verify(begun.by_link()), success);
  auto late = begin(FlowKind::verification, ann.id, "ann@example.org");  // as a request answered at the same moment
  auto other = new_account("other@example.org");
  other.flow = late.flow.flow;
  run(accounts().create_account(other)).value();

  EXPECT_EQ(disown(late).value(), Disowned::flow_cancelled);

  EXPECT_TRUE(is_there(ann.id));
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), success);
  EXPECT_FALSE(is_found(late));
}

TEST_P(VerificationStore, TheLastAdministratorIsNotDeletedByDisowning) {
  auto admin = new_account("admin@example.org");
  admin.role = accounts::Role::admin;
  const auto begun = registered_with_flow(admin);
  ASSERT_EQ(account_of(admin.id).role, accounts::Role::admin);

  EXPECT_EQ(outcome_of(disown(begun)), last_administrator);

  EXPECT_TRUE(is_there(admin.id));
  EXPECT_EQ(outcome(sessions().find(admin.session->id, now())), success);
}

TEST_P(VerificationStore, AnotherMailIsForWhoIsSignedInAndNotVerifiedYet) {
  const auto begun = registered_with_flow(ann);
  const auto again = begin(FlowKind::verification, ann.id, "ann@example.org");
  const verification::AskedAgain asked{.session = ann.session->id, .flow = again.flow.flow, .mail = again.flow.mail};
  auto elsewhere = asked;
  elsewhere.session = core::SessionId::fresh(now(), mint.random());

  EXPECT_EQ(outcome(verification().ask_again(elsewhere)), session_expired);
  EXPECT_EQ(mails().size(), 1U);
  EXPECT_EQ(outcome(verification().ask_again(asked)), success);
  EXPECT_EQ(mails().size(), 2U);
  EXPECT_EQ(verify(by_code(again)), success);

  const auto late = begin(FlowKind::verification, ann.id, "ann@example.org");
  EXPECT_EQ(
      outcome(verification().ask_again({.session = ann.session->id, .flow = late.flow.flow, .mail = late.flow.mail})),
      already_verified);
  EXPECT_EQ(mails().size(), 2U);
}

TEST_P(VerificationStore, AnAccountGetsThreeMailsAnHourAndTenADay) {
  registered_with_flow(ann);
  const auto ask = [&] {
    const auto again = begin(FlowKind::verification, ann.id, "ann@example.org");
    return outcome(
        verification().ask_again({.session = ann.session->id, .flow = again.flow.flow, .mail = again.flow.mail}));
  };
  int mailed = 1;
  for (int hour = 0; hour < 5; ++hour) {
    while (ask() == success) ++mailed;
    EXPECT_EQ(mailed, std::min(3 * (hour + 1), 10)) << "hour " << hour;
    EXPECT_EQ(ask(), throttled);
    clock.advance(hours{1});
  }
  clock.advance(hours{20});
  EXPECT_EQ(ask(), success);
}

TEST_P(VerificationStore, AnAddressChangesOnceTheNewOneIsProven) {
  const auto first = registered_with_flow(ann);
  const auto begun = asked_change(ann, "Ann.New@example.net");
  EXPECT_EQ(account_of(ann.id).email, "ann@example.org") << "nothing changes before";
  auto asked = confirmation(FlowKind::change_of_address, by_code(begun));
  asked.notice = mail_desk.compose(mail::MailKind::address_changed, ann.id, {}, {.to = "ann@example.org"}, now());

  const auto confirmed = run(verification().confirm(asked)).value();

  EXPECT_EQ(confirmed.account.email, "Ann.New@example.net");
  EXPECT_TRUE(confirmed.account.is_email_verified);
  EXPECT_EQ(account_of(ann.id).email, "Ann.New@example.net");
  EXPECT_TRUE(account_of(ann.id).is_email_verified);
  EXPECT_EQ(mails().front(), "address_changed");
  EXPECT_EQ(outcome(accounts().find_sign_in(accounts::EmailKey::fold("ann.new@example.net").value())), success);
  EXPECT_EQ(outcome(accounts().find_sign_in(accounts::EmailKey::fold("ann@example.org").value())), account_not_found);
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), success);
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "address_changed");
  EXPECT_FALSE(is_found(first)) << "what was mailed to the old address proves nothing any more";
  EXPECT_EQ(change(begun.by_link()), flow_invalid);
  EXPECT_EQ(outcome(accounts().create_account(new_account("ann@example.org"))), success) << "the old one is free";
}

TEST_P(VerificationStore, AnotherSpellingOfTheSameAddressIsNotTaken) {
  registered_with_flow(ann);

  EXPECT_EQ(change(asked_change(ann, "Ann@Example.ORG").by_link()), success);

  EXPECT_EQ(account_of(ann.id).email, "Ann@Example.ORG");
}

TEST_P(VerificationStore, AnAddressTakenMeanwhileIsRefusedAndTheOldOneStays) {
  registered_with_flow(ann);
  const auto begun = asked_change(ann, "new@example.net");
  run(accounts().create_account(new_account("NEW@example.net"))).value();

  EXPECT_EQ(change(begun.by_link()), identifier_taken);

  EXPECT_EQ(account_of(ann.id).email, "ann@example.org");
  EXPECT_FALSE(account_of(ann.id).is_email_verified);
  EXPECT_EQ(mails().front(), "verification") << "no notice";
}

TEST_P(VerificationStore, AChangeNeedsTheSessionAndThePasswordItWasAskedWith) {
  registered_with_flow(ann);
  const auto begun = begin(FlowKind::change_of_address, ann.id, "new@example.net");
  auto asked = change_to(ann, begun);
  asked.session = core::SessionId::fresh(now(), mint.random());
  EXPECT_EQ(outcome(verification().ask_change(asked)), session_expired);
  EXPECT_EQ(outcome(verification().ask_change(change_to(ann, begun, 2))), session_expired);
  EXPECT_FALSE(is_found(begun));

  EXPECT_EQ(outcome(verification().ask_change(change_to(ann, begun))), success);
  stores->move_credential_version(ann.id);
  EXPECT_EQ(change(begun.by_link()), flow_invalid) << "whoever changes the password stops it";
  EXPECT_EQ(account_of(ann.id).email, "ann@example.org");
}

TEST_P(VerificationStore, ACancelledChangeLeavesTheAccountAlone) {
  registered_with_flow(ann);
  const auto begun = asked_change(ann, "new@example.net");

  EXPECT_EQ(disown(begun).value(), Disowned::flow_cancelled);

  EXPECT_EQ(account_of(ann.id).email, "ann@example.org");
  EXPECT_EQ(change(begun.by_link()), flow_invalid);
}

TEST_P(VerificationStore, AChangeToSomebodyElsesAddressTellsTheOwnerAndProvesNothing) {
  registered_with_flow(ann);
  run(accounts().create_account(new_account("bob@example.org"))).value();

  const auto begun = asked_change(ann, "Bob@example.org");

  EXPECT_EQ(mails(), (std::vector<std::string>{"address_taken", "verification"}));
  EXPECT_TRUE(is_found(begun));
  EXPECT_EQ(change(begun.by_link()), flow_invalid);
  EXPECT_EQ(change(by_code(begun)), flow_invalid);
  EXPECT_EQ(account_of(ann.id).email, "ann@example.org");
}

TEST_P(VerificationStore, ChangesAreAskedForThreeTimesAnHour) {
  registered_with_flow(ann);
  for (int i = 0; i < 3; ++i) asked_change(ann, "new@example.net");
  const auto begun = begin(FlowKind::change_of_address, ann.id, "new@example.net");

  EXPECT_EQ(outcome(verification().ask_change(change_to(ann, begun))), throttled);

  clock.advance(hours{1});
  EXPECT_EQ(outcome(verification().ask_change(change_to(ann, begun))), throttled) << "its own time counts";
  asked_change(ann, "new@example.net");
}

/// Registrations that must not tell whether the address is free.
class RepeatedRegistration : public VerificationScene {
 protected:
  Begun register_bob() {
    auto account = pending_account("Bob@example.org");
    auto begun = begin(FlowKind::verification, account.id, account.email.str());
    account.flow = begun.flow.flow;
    account.mail = begun.flow.mail;
    const auto owner = run(stores->directory().find(account.email.key()));
    account.if_taken = accounts::taken_address(begun.flow.flow, owner ? std::optional(owner->id) : std::nullopt,
                                               owner ? &*owner : nullptr, mail_desk);
    EXPECT_EQ(outcome(accounts().create_account(std::move(account))), success);
    return begun;
  }
  const accounts::NewAccount bob = registered("bob@example.org");
};
INSTANTIATE_TEST_SUITE_P(On, RepeatedRegistration, every_adapter, adapter_name);

TEST_P(RepeatedRegistration, TellsTheOwnerAndNobodyElse) {
  const auto begun = register_bob();

  EXPECT_EQ(mails(), std::vector<std::string>{"address_taken"});
  EXPECT_EQ(events(bob.id).front(), "registration_repeated");
  EXPECT_TRUE(is_found(begun));
  EXPECT_EQ(verify(begun.by_link()), flow_invalid);
  EXPECT_EQ(verify(by_code(begun)), flow_invalid);
  EXPECT_FALSE(account_of(bob.id).is_email_verified);
  EXPECT_EQ(outcome(sessions().find(bob.session->id, now())), success);
  EXPECT_EQ(run(accounts().find_sign_in(bob.email.key())).value().id, bob.id);
}

TEST_P(RepeatedRegistration, DoesNotFillTheOwnersMailbox) {
  for (int i = 0; i < 6; ++i) register_bob();

  EXPECT_EQ(mails().size(), 3U);
}

TEST_P(RepeatedRegistration, MailsNobodyWhoBecameTheOwnerAfterwards) {
  auto account = pending_account("bob@example.org");
  const auto stale = registered("carl@example.org");
  const auto begun = begin(FlowKind::verification, account.id, account.email.str());
  const auto carl = account_of(stale.id);
  account.if_taken = accounts::taken_address(begun.flow.flow, carl.id, &carl, mail_desk);

  EXPECT_EQ(outcome(accounts().create_account(std::move(account))), success);

  EXPECT_TRUE(mails().empty());
}

TEST_P(RepeatedRegistration, ItsHandleCountsWrongCodesAsAnyOther) {
  const auto begun = register_bob();

  for (int i = 0; i < 3; ++i) EXPECT_EQ(verify(by_wrong_code(begun)), flow_invalid);

  EXPECT_EQ(run(verification().find(begun.id())).value()->stored.wrong_codes, 3);
}

}  // namespace
}  // namespace sallyport::contract
