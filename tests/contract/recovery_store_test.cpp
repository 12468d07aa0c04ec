#include "recovery/recovery_store.h"

#include <set>

#include "recovery/confirm_recovery.h"
#include "recovery/recovery_mails.h"
#include "recovery/request_recovery.h"
#include "sessions/password_guesses.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;
using sessions::HeldHasher;

inline constexpr Outcome flow_invalid{Fault::invalid, "flow_invalid"};

/// A hasher that lets something happen while it makes a verifier.
class BusyHasher final : public crypto::PasswordHasher {
 public:
  std::function<Task<Result<void>>()> meanwhile;
  int made = 0;

  Task<Result<crypto::PasswordVerifier>> make_verifier(core::Secret password, crypto::HashRequester) override {
    ++made;
    if (auto work = std::exchange(meanwhile, {})) {
      auto done = co_await work();
      EXPECT_TRUE(done) << done.error().code;
    }
    co_return HeldHasher::verifier_of(password.reveal());
  }
  Task<Result<crypto::Match>> verify(core::Secret, std::optional<crypto::PasswordVerifier>, std::string,
                                     crypto::HashRequester) override {
    co_return crypto::Match::no;
  }
};

/// Somebody who asked, and what they read in the mail if one came.
struct Asked {
  std::string flow;
  std::string link;
  std::string code;
};

/// Ann has a phone; people ask for a new password.
class RecoveryTest : public StoreTest {
 protected:
  static constexpr seconds valid_for{900};

  recovery::RecoveryStore& store() { return stores->recovery(); }
  std::vector<mail::StoredMail> mails() { return run(stores->outbox().list({.state = {}, .before = {}})).value(); }
  mail::Letter letter_of(const mail::StoredMail& mail) { return desk.open(mail).value(); }
  /// The mail that nobody has looked at yet, if it is one.
  std::optional<mail::StoredMail> new_mail() {
    std::optional<mail::StoredMail> found;
    for (auto& mail : mails()) {
      if (!seen.insert(mail.id).second) continue;
      EXPECT_FALSE(found) << "two new mails";
      found = std::move(mail);
    }
    return found;
  }
  std::size_t mails_of(std::string_view kind) {
    const auto all = mails();
    return static_cast<std::size_t>(std::ranges::count(all, kind, &mail::StoredMail::kind));
  }

  Asked request(std::string_view email = "ann@example.org") {
    auto requested = run(requesting({.email = accounts::Email::parse(email).value()})).value();
    const auto text = requested.handle.text();
    return {.flow = std::string(text.reveal()), .link = {}, .code = {}};
  }
  std::size_t due() { return run(stores->mail_requests().due(flows::FlowKind::recovery, now(), 100)).value().size(); }
  void answer() {
    while (run(answering.answer_due()).value() > 0) {
    }
  }
  /// Asks, and reads the mail.
  Asked asked(std::string_view email = "ann@example.org") {
    auto one = request(email);
    new_mail();
    answer();
    const auto mail = new_mail();
    if (!mail) return one;
    const auto letter = letter_of(*mail);
    greeted = letter.name;
    const std::string link(letter.link->reveal());
    one.link = link.substr(link.find("spl_"));
    one.code = std::string(letter.code->reveal());
    return one;
  }
  static std::string wrong_code(const Asked& one) { return one.code == "00000000" ? "00000001" : "00000000"; }

  /// A registration whose flow was mailed to `mailed_to`: the token of its link.
  std::string registered_with_flow(std::string_view email, std::string_view mailed_to) {
    auto fresh = new_account(email);
    const auto id = flows::FlowId::fresh(now(), mint.random());
    const auto link = flows::LinkToken::fresh(id, mint.random());
    fresh.flow = flows::NewFlow{.id = id,
                                .kind = flows::FlowKind::recovery,
                                .account = fresh.id,
                                .address = {{std::string(mailed_to), std::string(mailed_to)}},
                                .handle_digest = flows::FlowHandle::fresh(id, mint.random()).digest(),
                                .link_digest = link.digest(),
                                .credential_version = 1,
                                .created_at = now(),
                                .expires_at = now() + hours{24}};
    EXPECT_EQ(outcome(accounts().create_account(fresh)), success);
    const auto text = link.text();
    return std::string(text.reveal());
  }

  static flows::Proof proof_of(const flows::ProofText& text) {
    std::vector<core::FieldError> wrong;
    return flows::parse_proof(text, wrong).value();
  }
  static flows::Proof by_link(const Asked& one) { return proof_of({.token = one.link}); }
  static flows::Proof by_code(const Asked& one) { return proof_of({.code = one.code, .flow = one.flow}); }
  static flows::Proof by_wrong_code(const Asked& one) { return proof_of({.code = wrong_code(one), .flow = one.flow}); }
  Task<Result<core::AccountId>> confirming(flows::Proof proof, std::string_view password = "three quiet otters") {
    return handler({.proof = std::move(proof),
                    .password = accounts::Password::parse(password).value(),
                    .client = {.origin = origin, .network = 1}});
  }
  Outcome confirm(flows::Proof proof, std::string_view password = "three quiet otters") {
    return outcome(confirming(std::move(proof), password));
  }
  bool is_proven(const flows::Proof& proof) {
    return run(store().check(flows::digests_of(proof, mint.keyring()), now())).value().has_value();
  }
  std::string stored_verifier(core::AccountId id) { return run(accounts().find_sign_in(id)).value().verifier; }
  accounts::Account account_of(core::AccountId id) { return run(stores->directory().find(id)).value(); }
  static std::string verifier_of(std::string_view password) { return HeldHasher::verifier_of(password).str(); }

  const accounts::NewAccount ann = registered();
  const Device phone = opened(ann.id, "phone");
  std::set<mail::MailId> seen;
  std::optional<std::string> greeted;  ///< the name in the last mail
  core::Bell bell;
  const mail::MailDesk desk{mint.keyring(), mint.random()};
  const flows::LinkBase links{"https://auth.example.org"};
  const accounts::PasswordPolicy policy{accounts::PasswordRules{}};
  BusyHasher hasher;
  sessions::SessionCache cache{sessions(), clock};
  recovery::RequestRecoveryHandler requesting{{.requests = stores->mail_requests(),
                                               .done = stores->done_requests(),
                                               .keyring = mint.keyring(),
                                               .bell = bell,
                                               .clock = clock,
                                               .random = mint.random()},
                                              valid_for};
  const accounts::FlowDesk flow_desk{desk, links, mint.keyring(), mint.random()};
  const recovery::RecoveryMails mails_to{flow_desk, valid_for};
  accounts::AnswerMailRequests answering{stores->mail_requests(), mails_to, bell, clock};
  recovery::ConfirmRecoveryHandler handler{store(), hasher, policy, cache, desk, mint.keyring(), clock};
};
INSTANTIATE_TEST_SUITE_P(On, RecoveryTest, every_adapter, adapter_name);

TEST_P(RecoveryTest, ARequestBecomesAMailWithALinkAndACode) {
  request("Ann@Example.ORG");
  EXPECT_EQ(bell.rings(), 1U);

  answer();

  EXPECT_EQ(due(), 0U);
  ASSERT_EQ(mails().size(), 1U);
  const auto mail = mails().front();
  EXPECT_EQ(mail.kind, "recovery");
  EXPECT_EQ(mail.account, ann.id);
  const auto letter = letter_of(mail);
  EXPECT_EQ(letter.to, "ann@example.org") << "as the account has it, not as it was asked for";
  EXPECT_TRUE(letter.link->reveal().starts_with("https://auth.example.org/reset-password?token=spl_"));
  EXPECT_EQ(letter.code->size(), 8U);
  EXPECT_EQ(letter.valid_for, valid_for);
  EXPECT_EQ(answering.counters().mailed, 1U);
}

TEST_P(RecoveryTest, NobodyHearsOfARequestForAnAccountThatIsNotThereOrMayNotBeRecovered) {
  const auto bob = registered("bob@example.org"), eve = registered("eve@example.org");
  ASSERT_EQ(set_status(bob.id, AccountStatus::suspended), success);
  ASSERT_EQ(set_status(eve.id, AccountStatus::deleted), success);
  for (const auto* email : {"nobody@example.org", "bob@example.org", "eve@example.org"}) request(email);

  answer();

  EXPECT_EQ(mails().size(), 0U);
  EXPECT_EQ(answering.counters().dismissed, 3U);
  EXPECT_EQ(due(), 0U);
}

TEST_P(RecoveryTest, ReplacesThePasswordAndSignsEverybodyOut) {
  const auto one = asked();
  clock.advance(minutes{1});

  EXPECT_EQ(confirm(by_link(one)), success);

  EXPECT_EQ(stored_verifier(ann.id), verifier_of("three quiet otters"));
  const auto account = account_of(ann.id);
  EXPECT_EQ(account.credential_version, 2);
  EXPECT_TRUE(account.is_email_verified) << "who read the mail has the mailbox";
  EXPECT_EQ(find(phone), session_expired);
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), session_expired);
  EXPECT_EQ(outcome(sessions().rotate_refresh(rotation_of(phone.refresh_token))), session_expired);
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "password_recovered");
  const auto notice = new_mail();
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->kind, "password_changed");
  EXPECT_EQ(letter_of(*notice).ip, origin.ip);
}

TEST_P(RecoveryTest, TouchesNobodyElse) {
  const auto bob = registered("bob@example.org");
  const auto of_bob = asked("bob@example.org");

  ASSERT_EQ(confirm(by_link(asked())), success);

  EXPECT_EQ(outcome(sessions().find(bob.session->id, now())), success);
  EXPECT_EQ(stored_verifier(bob.id), verifier);
  EXPECT_TRUE(is_proven(by_link(of_bob)));
}

TEST_P(RecoveryTest, IsDoneOnce) {
  const auto one = asked(), other = asked();

  ASSERT_EQ(confirm(by_code(one)), success);

  for (const auto& again : {one, other}) {
    EXPECT_EQ(confirm(by_link(again), "four loud seagulls"), flow_invalid);
    EXPECT_EQ(confirm(by_code(again), "four loud seagulls"), flow_invalid);
  }
  EXPECT_EQ(stored_verifier(ann.id), verifier_of("three quiet otters"));
  EXPECT_EQ(mails_of("password_changed"), 1U);
}

TEST_P(RecoveryTest, ExpiresSomeTimeAfterTheMailWasMade) {
  const auto one = asked();

  clock.advance(valid_for - seconds{1});
  EXPECT_TRUE(is_proven(by_link(one)));
  EXPECT_TRUE(is_proven(by_code(one)));
  clock.advance(seconds{1});
  EXPECT_EQ(confirm(by_link(one)), flow_invalid);
  EXPECT_EQ(confirm(by_code(one)), flow_invalid);

  const auto late = request();
  clock.advance(hours{1});  // the server was down
  answer();
  const auto letter = letter_of(new_mail().value());
  const std::string link(letter.link->reveal());
  EXPECT_TRUE(is_proven(proof_of({.token = link.substr(link.find("spl_"))})));
}

TEST_P(RecoveryTest, APasswordAgainstThePolicyUsesNothingUpAndIsNotHashed) {
  const auto one = asked();
  const auto refused = run(confirming(by_code(one), "password1"));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "invalid_fields");
  EXPECT_EQ(refused.error().fields.front().field, "password");
  EXPECT_EQ(refused.error().fields.front().rule, "too_common");
  EXPECT_EQ(confirm(by_code(one), "short").code, "invalid_fields");
  EXPECT_EQ(hasher.made, 0);

  EXPECT_EQ(confirm(by_code(one)), success);
}

TEST_P(RecoveryTest, AWrongCodeIsCountedBeforeAnythingIsHashed) {
  const auto one = asked();

  for (int i = 0; i < 5; ++i) EXPECT_EQ(confirm(by_wrong_code(one)), flow_invalid);

  EXPECT_EQ(hasher.made, 0);
  EXPECT_EQ(confirm(by_code(one)), flow_invalid) << "five wrong ones, and no code counts any more";
  EXPECT_EQ(confirm(by_link(one)), success) << "the link still does";
}

TEST_P(RecoveryTest, TheWriteItselfCountsWrongCodesToo) {
  const auto one = asked();
  const auto guess = [&] {
    return outcome(store().recover({.proof = flows::digests_of(by_wrong_code(one), mint.keyring()),
                                    .verifier = verifier_of("three quiet otters"),
                                    .name = {},
                                    .notice = desk.compose(mail::MailKind::password_changed, ann.id, {}, {}, now()),
                                    .now = now(),
                                    .origin = origin}));
  };

  for (int i = 0; i < 5; ++i) EXPECT_EQ(guess(), flow_invalid);

  EXPECT_FALSE(is_proven(by_code(one)));
  EXPECT_TRUE(is_proven(by_link(one)));
}

TEST_P(RecoveryTest, WhoWasInvitedAndRecoversInsteadHasAPassword) {
  const auto id = core::AccountId::fresh(now(), mint.random());
  run(stores->administration().create_user({.id = id,
                                            .email = accounts::Email::parse("bob@example.org").value(),
                                            .mandate = {.session = {}, .now = now(), .origin = origin}}))
      .value();

  ASSERT_EQ(confirm(by_link(asked("bob@example.org"))), success);

  EXPECT_TRUE(account_of(id).has_password);
  EXPECT_EQ(account_of(id).status, AccountStatus::active);
}

TEST_P(RecoveryTest, ParallelGuessesDoNotGetMoreThanFive) {
  const auto one = asked();
  core::TaskContext context(loop, core::Moment::max());
  int done = 0;
  for (int i = 0; i < 20; ++i)
    core::start(context, confirming(by_wrong_code(one)), [&](const Result<core::AccountId>& result) {
      EXPECT_EQ(outcome_of(result), flow_invalid);
      ++done;
    });
  // The twenty-first knows the code, and is too late.
  core::start(context, confirming(by_code(one)), [&](const Result<core::AccountId>& result) {
    EXPECT_EQ(outcome_of(result), flow_invalid);
    ++done;
  });
  while (done < 21) loop.wait_and_turn();

  EXPECT_EQ(hasher.made, 0);
}

TEST_P(RecoveryTest, WrongCodesAreCountedForTheAccountTooAndForADay) {
  std::vector<Asked> all;
  for (int hour = 0; hour < 2; ++hour) {
    for (int i = 0; i < 3; ++i) all.push_back(asked());
    for (auto one = all.end() - 3; one != all.end(); ++one)
      for (int i = 0; i < (hour == 0 ? 5 : 1); ++i) EXPECT_FALSE(is_proven(by_wrong_code(*one)));
    if (hour == 0) clock.advance(minutes{61});
  }
  EXPECT_TRUE(is_proven(by_code(all.back()))) << "after 18";
  EXPECT_FALSE(is_proven(by_wrong_code(all.back())));
  EXPECT_FALSE(is_proven(by_wrong_code(all.back())));
  EXPECT_FALSE(is_proven(by_code(all.back()))) << "after 20";
  EXPECT_FALSE(is_proven(by_code(all[4]))) << "of any of its flows";
  EXPECT_TRUE(is_proven(by_link(all.back())));

  clock.advance(hours{23});
  EXPECT_TRUE(is_proven(by_code(asked()))) << "those of the first hour are a day old";
}

TEST_P(RecoveryTest, AHandleOfNobodyAnswersAsAnyOther) {
  const auto nobody = asked("nobody@example.org");
  const Asked guess{.flow = nobody.flow, .link = {}, .code = "12345678"};

  for (int i = 0; i < 7; ++i) EXPECT_EQ(confirm(by_code(guess)), flow_invalid);
  EXPECT_EQ(hasher.made, 0);
}

TEST_P(RecoveryTest, AnotherFlowsHandleMakesACodeWorthless) {
  const auto one = asked(), other = asked();

  EXPECT_EQ(confirm(proof_of({.code = one.code, .flow = other.flow})), flow_invalid);
  EXPECT_EQ(confirm(by_code(one)), success);
}

TEST_P(RecoveryTest, UnlocksTheNameAndForgetsItsLocks) {
  const sessions::PasswordGuesses guesses(attempts(), *mint, clock);
  const auto guess = [&](std::string_view password) {
    return guesses.at_name(ann.email.key(), core::Secret(password));
  };
  for (int i = 0; i < 5; ++i) {
    const auto attempt = guess("guess number " + std::to_string(i));
    ASSERT_EQ(outcome(attempts().reserve(attempt, now())), success);
    ASSERT_EQ(outcome(attempts().settle(attempt, throttle::Verdict::failed, now())), success);
  }
  const auto state = [&] { return run(attempts().reserve(guess("three quiet otters"), now())).value().state; };
  ASSERT_EQ(state(), throttle::Reservation::State::locked);

  ASSERT_EQ(confirm(by_link(asked())), success);

  EXPECT_EQ(state(), throttle::Reservation::State::granted);
}

TEST_P(RecoveryTest, AnAddressNeverVerifiedLosesTheProfileThatAStrangerMayHaveWritten) {
  auto squatted = new_account("bob@example.org");
  squatted.display_name = accounts::DisplayName::parse("Mallory").value();
  squatted.locale = accounts::Locale::parse("de").value();
  squatted.time_zone = accounts::TimeZone::parse("Europe/Zurich").value();
  ASSERT_EQ(outcome(accounts().create_account(squatted)), success);
  const auto one = asked("bob@example.org");
  EXPECT_EQ(greeted, std::nullopt);

  ASSERT_EQ(confirm(by_link(one)), success);

  const auto bob = account_of(squatted.id);
  EXPECT_TRUE(bob.is_email_verified);
  EXPECT_FALSE(bob.display_name || bob.locale || bob.time_zone);
  EXPECT_EQ(outcome(sessions().find(squatted.session->id, now())), session_expired);

  run(accounts().update_profile({.account = bob.id,
                                 .display_name = {{accounts::DisplayName::parse("Bob").value()}},
                                 .locale = {},
                                 .time_zone = {},
                                 .now = now(),
                                 .origin = origin}))
      .value();
  ASSERT_EQ(confirm(by_link(asked("bob@example.org")), "four loud seagulls"), success);
  EXPECT_EQ(account_of(bob.id).display_name, "Bob") << "what the proven owner wrote stays";
}

TEST_P(RecoveryTest, APendingAccountBecomesActive) {
  auto pending = new_account("bob@example.org");
  pending.status = AccountStatus::pending;
  pending.session.reset();
  ASSERT_EQ(outcome(accounts().create_account(pending)), success);

  ASSERT_EQ(confirm(by_link(asked("bob@example.org"))), success);

  EXPECT_EQ(account_of(pending.id).status, AccountStatus::active);
}

TEST_P(RecoveryTest, EndsEveryFlowOfTheAccountAndThoseThatComeWithARegistrationToo) {
  const auto proof = registered_with_flow("bob@example.org", "bob@example.org");
  ASSERT_TRUE(is_proven(proof_of({.token = proof})));

  ASSERT_EQ(confirm(by_link(asked("bob@example.org"))), success);

  EXPECT_FALSE(is_proven(proof_of({.token = proof})));
}

TEST_P(RecoveryTest, ALinkDoesNotOutliveTheAddressItWentTo) {
  const auto proof = registered_with_flow("bob@example.org", "before@example.org");

  EXPECT_EQ(confirm(proof_of({.token = proof})), flow_invalid);
}

/// What happens while the new password is being hashed.
TEST_P(RecoveryTest, APasswordChangedMeanwhileStays) {
  hasher.meanwhile = [&] {
    return accounts().change_password({.account = ann.id,
                                       .session = phone.session.id,
                                       .previous = verifier,
                                       .next = verifier_of("changed meanwhile"),
                                       .now = now(),
                                       .origin = origin});
  };

  EXPECT_EQ(confirm(by_link(asked())), flow_invalid);

  EXPECT_EQ(stored_verifier(ann.id), verifier_of("changed meanwhile"));
  EXPECT_EQ(find(phone), success);
  EXPECT_EQ(mails_of("password_changed"), 0U);
}

TEST_P(RecoveryTest, AnAccountSuspendedOrDeletedMeanwhileKeepsItsPassword) {
  const auto status = std::make_shared<AccountStatus>();
  const auto meanwhile = [&]() -> Task<Result<void>> {
    auto changed = co_await accounts().set_status(ann.id, *status, now(), origin);
    if (!changed) co_return Result<void>(core::fail(std::move(changed)));
    co_return Result<void>{};
  };
  const auto one = asked();

  *status = AccountStatus::suspended;
  hasher.meanwhile = meanwhile;
  EXPECT_EQ(confirm(by_link(one)), flow_invalid);
  EXPECT_EQ(stored_verifier(ann.id), verifier);
  EXPECT_EQ(account_of(ann.id).status, AccountStatus::suspended);

  ASSERT_EQ(set_status(ann.id, AccountStatus::active), success);
  *status = AccountStatus::deleted;
  hasher.meanwhile = meanwhile;
  EXPECT_EQ(confirm(by_link(one)), flow_invalid);
  EXPECT_EQ(mails_of("password_changed"), 0U);
}

TEST_P(RecoveryTest, OfTwoConfirmationsAtOnceOneWins) {
  const auto one = asked();
  hasher.meanwhile = [&]() -> Task<Result<void>> {
    auto won = co_await confirming(by_code(one), "four loud seagulls");
    if (!won) co_return Result<void>(core::fail(std::move(won)));
    co_return Result<void>{};
  };

  EXPECT_EQ(confirm(by_link(one)), flow_invalid);

  EXPECT_EQ(stored_verifier(ann.id), verifier_of("four loud seagulls"));
  EXPECT_EQ(account_of(ann.id).credential_version, 2);
  EXPECT_EQ(mails_of("password_changed"), 1U);
}

TEST_P(RecoveryTest, OfManyConfirmationsSideBySideOneWins) {
  const auto one = asked();
  core::TaskContext context(loop, core::Moment::max());
  int done = 0, won = 0;
  for (int i = 0; i < 8; ++i)
    core::start(context, confirming(i % 2 == 0 ? by_link(one) : by_code(one)),
                [&](const Result<core::AccountId>& result) {
                  won += result ? 1 : 0;
                  if (!result) EXPECT_EQ(outcome_of(result), flow_invalid);
                  ++done;
                });
  while (done < 8) loop.wait_and_turn();

  EXPECT_EQ(won, 1);
  EXPECT_EQ(account_of(ann.id).credential_version, 2);
}

}  // namespace
}  // namespace sallyport::contract
