#include "accounts/register_account.h"
#include "verification/change_address.h"
#include "verification/confirm_verification.h"
#include "verification_scene.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;
using flows::FlowKind;
using verification::AddressConfirmed;
using verification::Browser;

inline constexpr Outcome password_needed{Fault::forbidden, "password_needed"};
inline constexpr Outcome wrong_password{Fault::forbidden, "wrong_password"};
inline constexpr Outcome locked{Fault::throttled, "locked"};

/// The handlers over a store, with passwords that are hashed when a test says so.
class VerificationHandlers : public VerificationScene {
 protected:
  static std::optional<accounts::Password> typed(std::string_view password) {
    return accounts::Password::parse(password).value();
  }
  sessions::Client client() const { return {.origin = origin, .network = 1}; }
  Task<Result<AddressConfirmed>> confirmed_elsewhere(const Begun& begun, std::optional<accounts::Password> password) {
    return confirm({.proof = flows::LinkToken::parse(text_of(begun.link)).value(),
                    .browser = {},
                    .password = std::move(password),
                    .device = {},
                    .client = client()});
  }
  Result<AddressConfirmed> confirmed_in(Browser browser, const Begun& begun) {
    return run(confirm({.proof = flows::LinkToken::parse(text_of(begun.link)).value(),
                        .browser = std::move(browser),
                        .password = std::nullopt,
                        .device = {},
                        .client = client()}));
  }
  static std::string text_of(const auto& token) {
    const auto text = token.text();
    return std::string(text.reveal());
  }
  static Browser knowing(const Begun& begun) {
    return {.handle = flows::FlowHandle::parse(text_of(begun.handle)).value(), .account = {}};
  }
  bool needs_password(const Begun& begun, Browser browser) {
    return run(confirm.look(flows::LinkToken::parse(text_of(begun.link)).value(), std::move(browser)))
        .value()
        .is_password_needed;
  }
  /// Lets a confirmation by password run as far as its hash, changes the world, and lets it go on.
  template <class Meanwhile>
  Outcome interrupted(const Begun& begun, Meanwhile meanwhile) {
    std::optional<Outcome> answer;
    core::TaskContext context(loop, core::Moment::max());
    hasher.hold();
    start(context, confirmed_elsewhere(begun, typed("correct horse")),
          [&](const Result<AddressConfirmed>& result) { answer = outcome_of(result); });
    while (hasher.held() == 0) loop.wait_and_turn();
    meanwhile();
    hasher.release();
    while (!answer) loop.wait_and_turn();
    return *answer;
  }

  const accounts::NewAccount ann = new_account("ann@example.org");
  sessions::HeldHasher hasher;
  sessions::SessionCache cache{sessions(), clock};
  sessions::OwnPassword passwords{accounts(), attempts(), hasher, *mint, clock};
  verification::ConfirmVerificationHandler confirm{verification(), passwords, cache, *mint, mail_desk, clock};
  verification::ChangeAddressHandler change_address{
      passwords, stores->directory(), verification(), desk, mail_desk, clock, hours{24}};
};
INSTANTIATE_TEST_SUITE_P(On, VerificationHandlers, every_adapter, adapter_name);

TEST_P(VerificationHandlers, ALinkWorksByItselfWhereTheFlowWasBegunOrSomebodyIsSignedIn) {
  const auto begun = registered_with_flow(ann);
  const auto other = asked_again(ann);
  EXPECT_TRUE(needs_password(begun, {}));
  EXPECT_TRUE(needs_password(begun, knowing(other))) << "the handle of another flow";
  EXPECT_TRUE(needs_password(begun, {.handle = {}, .account = core::AccountId::fresh(now(), mint.random())}));
  EXPECT_FALSE(needs_password(begun, {.handle = {}, .account = ann.id}));
  EXPECT_FALSE(needs_password(begun, knowing(begun)));

  const auto confirmed = confirmed_in(knowing(begun), begun);

  ASSERT_TRUE(confirmed);
  EXPECT_TRUE(confirmed->account.is_email_verified);
  EXPECT_FALSE(confirmed->signed_in) << "who was active may sign in as ever";
}

TEST_P(VerificationHandlers, ALinkNeedsThePasswordInAnotherBrowser) {
  const auto begun = registered_with_flow(ann);

  EXPECT_EQ(outcome(confirmed_elsewhere(begun, std::nullopt)), password_needed);
  EXPECT_EQ(outcome(confirmed_elsewhere(begun, typed("something else"))), wrong_password);
  EXPECT_FALSE(account_of(ann.id).is_email_verified);
  EXPECT_EQ(outcome(confirmed_elsewhere(begun, typed("correct horse"))), success);

  EXPECT_TRUE(account_of(ann.id).is_email_verified);
}

TEST_P(VerificationHandlers, AFlowThatAStrangerAskedForNeedsThePasswordWhereItWasAskedForToo) {
  const auto begun = begin(FlowKind::verification, ann.id, "ann@example.org", std::nullopt);
  auto account = ann;
  account.flow = begun.flow.flow;
  run(accounts().create_account(std::move(account))).value();
  const auto typed_code = [&](std::optional<accounts::Password> password) {
    return confirm({.proof = flows::HandleAndCode{.handle = flows::FlowHandle::parse(text_of(begun.handle)).value(),
                                                  .code = flows::OneTimeCode::parse(text_of(begun.code)).value()},
                    .browser = knowing(begun),
                    .password = std::move(password),
                    .device = {},
                    .client = client()});
  };

  EXPECT_TRUE(needs_password(begun, knowing(begun)));
  EXPECT_EQ(outcome_of(confirmed_in(knowing(begun), begun)), password_needed);
  EXPECT_EQ(outcome(typed_code(std::nullopt)), password_needed);
  EXPECT_FALSE(account_of(ann.id).is_email_verified);
  EXPECT_EQ(outcome(typed_code(typed("correct horse"))), success);
}

TEST_P(VerificationHandlers, AWrongCodeIsCountedBeforeAnythingIsSaidOfPasswords) {
  const auto begun = begin(FlowKind::verification, ann.id, "ann@example.org", std::nullopt);
  auto account = ann;
  account.flow = begun.flow.flow;
  run(accounts().create_account(std::move(account))).value();
  const auto wrong = text_of(begun.code) == "00000000" ? "00000001" : "00000000";

  EXPECT_EQ(
      outcome(confirm({.proof = flows::HandleAndCode{.handle = flows::FlowHandle::parse(text_of(begun.handle)).value(),
                                                     .code = flows::OneTimeCode::parse(wrong).value()},
                       .browser = {},
                       .password = typed("correct horse"),
                       .device = {},
                       .client = client()})),
      flow_invalid);

  EXPECT_EQ(run(verification().find(begun.id())).value()->stored.wrong_codes, 1);
}

TEST_P(VerificationHandlers, GuessesAreThoseAtTheName) {
  const auto begun = registered_with_flow(ann);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(outcome(confirmed_elsewhere(begun, typed("wrong one no. " + std::to_string(i)))), wrong_password);
  }

  EXPECT_EQ(outcome(confirmed_elsewhere(begun, typed("correct horse"))), locked);

  EXPECT_FALSE(account_of(ann.id).is_email_verified);
  EXPECT_TRUE(confirmed_in(knowing(begun), begun)) << "where no password is needed no lock is in the way";
}

TEST_P(VerificationHandlers, APendingAccountIsSignedInByHandleAndByPassword) {
  for (const bool is_elsewhere : {true, false}) {
    const auto bob = pending_account(is_elsewhere ? "bob@example.org" : "bea@example.org");
    const auto begun = registered_with_flow(bob);

    const auto confirmed =
        is_elsewhere ? run(confirmed_elsewhere(begun, typed("correct horse"))) : confirmed_in(knowing(begun), begun);

    ASSERT_TRUE(confirmed && confirmed->signed_in);
    EXPECT_EQ(confirmed->signed_in->view.account.status, AccountStatus::active);
    EXPECT_EQ(outcome(sessions().find(confirmed->signed_in->view.session.id, now())), success);
  }
}

TEST_P(VerificationHandlers, APasswordChangedMeanwhileIsWrong) {
  const auto begun = registered_with_flow(ann);

  EXPECT_EQ(interrupted(begun, [&] { stores->move_credential_version(ann.id); }), wrong_password);

  EXPECT_FALSE(account_of(ann.id).is_email_verified);
}

TEST_P(VerificationHandlers, AnAccountSuspendedMeanwhileStaysAsItIs) {
  const auto begun = registered_with_flow(pending_account("bob@example.org"));
  const auto bob = run(verification().find(begun.id())).value()->account->id;

  EXPECT_EQ(interrupted(begun, [&] { ASSERT_EQ(set_status(bob, AccountStatus::suspended), success); }), flow_invalid);

  EXPECT_EQ(account_of(bob).status, AccountStatus::suspended);
  EXPECT_FALSE(account_of(bob).is_email_verified);
}

TEST_P(VerificationHandlers, AnAccountDisownedMeanwhileIsGone) {
  const auto begun = registered_with_flow(ann);

  EXPECT_EQ(interrupted(begun,
                        [&] {
                          const auto link = text_of(begun.link);
                          ASSERT_TRUE(run(confirm.disown(flows::LinkToken::parse(link).value(), client())));
                        }),
            flow_invalid);

  EXPECT_FALSE(is_there(ann.id));
}

TEST_P(VerificationHandlers, AChangedAddressIsProvenTheSameWayAndToldToTheOldOne) {
  registered_with_flow(ann);
  auto view = run(cache.find(ann.session->id)).value();

  EXPECT_EQ(outcome(change_address({.view = view,
                                    .email = accounts::Email::parse("new@example.net").value(),
                                    .password = *typed("something else"),
                                    .client = client()})),
            wrong_password);
  const auto started = run(change_address({.view = view,
                                           .email = accounts::Email::parse("new@example.net").value(),
                                           .password = *typed("correct horse"),
                                           .client = client()}));

  ASSERT_TRUE(started);
  EXPECT_EQ(mails(), (std::vector<std::string>{"confirm_address", "verification"}));
  const auto mail = run(stores->outbox().list({})).value().front();
  const auto letter = mail_desk.open(mail).value();
  EXPECT_EQ(letter.to, "new@example.net");
  const auto link = letter.link->reveal();
  const auto token = [&] { return flows::LinkToken::parse(link.substr(link.find("spl_"))).value(); };
  const auto question = run(confirm.look(token(), {})).value();
  EXPECT_TRUE(question.is_of_change && question.is_password_needed);
  EXPECT_EQ(question.address, "new@example.net");

  const auto confirmed = run(confirm({.proof = token(),
                                      .browser = {.handle = {}, .account = ann.id},
                                      .password = {},
                                      .device = {},
                                      .client = client()}));

  ASSERT_TRUE(confirmed);
  EXPECT_EQ(confirmed->account.email, "new@example.net");
  EXPECT_EQ(run(cache.find(ann.session->id)).value()->account.email, "new@example.net")
      << "the cache forgot the old one";
  const auto notice = mail_desk.open(run(stores->outbox().list({})).value().front()).value();
  EXPECT_EQ(notice.to, "ann@example.org");
  EXPECT_EQ(notice.address, "new@example.net");
}

/// Registrations by each way of verification.
class RegistrationHandler : public VerificationHandlers {
 protected:
  Result<accounts::Registered> register_as(accounts::VerificationMode mode, std::string_view email,
                                           bool is_welcoming = true) {
    rules.verification = mode;
    accounts::RegisterAccountHandler handler(
        accounts(), stores->directory(), hasher, *mint, clock, rules,
        {.desk = mail_desk, .flows = desk, .valid_for = hours{24}, .is_welcoming = is_welcoming});
    return run(handler({.email = accounts::Email::parse(email).value(),
                        .password = *typed("correct horse"),
                        .display_name = {},
                        .locale = {},
                        .time_zone = {},
                        .device = {},
                        .client = client()}));
  }
  accounts::Account found(std::string_view email) {
    return run(stores->directory().find(accounts::EmailKey::fold(email).value())).value();
  }
  accounts::RegistrationRules rules;
};
INSTANTIATE_TEST_SUITE_P(On, RegistrationHandler, every_adapter, adapter_name);

TEST_P(RegistrationHandler, OptionalVerificationSignsInAndGivesAFlow) {
  const auto registered = register_as(accounts::VerificationMode::optional, "bob@example.org").value();

  ASSERT_TRUE(registered.signed_in && registered.flow);
  EXPECT_EQ(found("bob@example.org").status, AccountStatus::active);
  EXPECT_EQ(mails(), std::vector<std::string>{"welcome"});
  const auto id = flows::FlowHandle::parse(registered.flow->handle.reveal()).value().id();
  EXPECT_TRUE(run(verification().find(id)).value());
  EXPECT_TRUE(mail_desk.open(run(stores->outbox().list({})).value().front()).value().link);

  const auto silent = register_as(accounts::VerificationMode::optional, "bea@example.org", false).value();
  EXPECT_TRUE(silent.signed_in && !silent.flow);
  EXPECT_EQ(mails().size(), 1U);
}

TEST_P(RegistrationHandler, WithoutVerificationTheMailHasNoLink) {
  const auto registered = register_as(accounts::VerificationMode::off, "bob@example.org").value();

  EXPECT_TRUE(registered.signed_in && !registered.flow);
  EXPECT_FALSE(mail_desk.open(run(stores->outbox().list({})).value().front()).value().link);
}

TEST_P(RegistrationHandler, RequiredVerificationMailsAlwaysAndSignsNobodyIn) {
  const auto registered = register_as(accounts::VerificationMode::required, "bob@example.org", false).value();

  EXPECT_TRUE(!registered.signed_in && registered.flow);
  EXPECT_EQ(found("bob@example.org").status, AccountStatus::pending);
  EXPECT_EQ(mails(), std::vector<std::string>{"welcome"});
}

TEST_P(RegistrationHandler, ATakenAddressGetsTheSameAnswerOnlyWhereVerificationIsRequired) {
  const auto bob = registered("bob@example.org");

  const auto answer = register_as(accounts::VerificationMode::required, "bob@example.org").value();

  EXPECT_TRUE(!answer.signed_in && answer.flow);
  EXPECT_EQ(found("bob@example.org").id, bob.id);
  EXPECT_EQ(mails(), std::vector<std::string>{"address_taken"});
  EXPECT_EQ(mail_desk.open(run(stores->outbox().list({})).value().front()).value().to, "bob@example.org");
  EXPECT_EQ(outcome_of(register_as(accounts::VerificationMode::optional, "bob@example.org")), identifier_taken);
}

TEST_P(RegistrationHandler, NobodyRegistersWhereRegistrationIsNotOpen) {
  rules.mode = accounts::RegistrationMode::closed;
  EXPECT_EQ(outcome_of(register_as(accounts::VerificationMode::optional, "bob@example.org")),
            (Outcome{Fault::forbidden, "registration_closed"}));
  rules.mode = accounts::RegistrationMode::invite;
  EXPECT_EQ(outcome_of(register_as(accounts::VerificationMode::optional, "bob@example.org")),
            (Outcome{Fault::forbidden, "invitation_required"}));
  EXPECT_TRUE(mails().empty());
}

}  // namespace
}  // namespace sallyport::contract
