#include "accounts/change_password.h"

#include "sessions/fresh_authentication.h"
#include "sessions/reauthenticate.h"
#include "sessions/sign_in.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;
using sessions::HeldHasher;

inline constexpr Outcome wrong_password{Fault::forbidden, "wrong_password"};
inline constexpr Outcome locked{Fault::throttled, "locked"};
inline constexpr Outcome invalid_credentials{Fault::unauthenticated, "invalid_credentials"};
inline constexpr Outcome fresh_authentication_required{Fault::forbidden, "fresh_authentication_required"};

/// Ann with a phone and a laptop.
class ChangePassword : public StoreTest {
 protected:
  static std::string verifier_of(std::string_view password, std::uint8_t salt = 2) {
    return HeldHasher::verifier_of(password, salt).str();
  }
  static accounts::Password password_of(std::string_view text) { return accounts::Password::parse(text).value(); }
  accounts::PasswordChange change_to(std::string_view next) {
    return {.account = ann.id,
            .session = phone.session.id,
            .previous = verifier,
            .next = verifier_of(next),
            .now = now(),
            .origin = origin};
  }
  Outcome reauthenticate(const Device& device, std::int64_t credential_version) {
    return outcome(sessions().reauthenticate(
        {.session = device.session.id, .credential_version = credential_version, .now = now(), .origin = origin}));
  }
  sessions::SessionView view_of(const Device& device) { return run(sessions().find(device.session.id, now())).value(); }
  std::string stored_verifier() { return run(accounts().find_sign_in(ann.id)).value().verifier; }

  const accounts::NewAccount ann = registered();
  const Device phone = opened(ann.id, "phone"), laptop = opened(ann.id, "laptop");
};
INSTANTIATE_TEST_SUITE_P(On, ChangePassword, every_adapter, adapter_name);

TEST_P(ChangePassword, ReplacesTheVerifierAndKeepsOneSessionWithAllItsTokens) {
  clock.advance(minutes{20});

  EXPECT_EQ(outcome(accounts().change_password(change_to("three quiet otters"))), success);

  EXPECT_EQ(stored_verifier(), verifier_of("three quiet otters"));
  const auto view = view_of(phone);
  EXPECT_EQ(view.session.credential_version, 2);
  EXPECT_EQ(view.account.credential_version, 2);
  EXPECT_EQ(view.session.auth_time, now());
  EXPECT_EQ(view.session.created_at, phone.session.created_at);
  EXPECT_EQ(outcome(sessions().find_by_token(phone.session.token_digest, now())), success);
  EXPECT_EQ(outcome(sessions().rotate_refresh(rotation_of(phone.refresh_token))), success);
  EXPECT_EQ(find(laptop), session_expired);
  EXPECT_EQ(outcome(sessions().rotate_refresh(rotation_of(laptop.refresh_token))), session_expired);
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), session_expired);
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "password_changed");
}

TEST_P(ChangePassword, TouchesNobodyElse) {
  const auto bob = registered("bob@example.org");

  ASSERT_EQ(outcome(accounts().change_password(change_to("three quiet otters"))), success);

  EXPECT_EQ(outcome(sessions().find(bob.session->id, now())), success);
  EXPECT_EQ(run(accounts().find_sign_in(bob.id)).value().verifier, verifier);
}

TEST_P(ChangePassword, HappensOnlyWhileTheProvenVerifierIsStored) {
  auto change = change_to("three quiet otters");
  change.previous = verifier_of("something else");
  const auto seen = invalidations().size();

  EXPECT_EQ(outcome(accounts().change_password(change)), verifier_changed);

  EXPECT_EQ(stored_verifier(), verifier);
  EXPECT_EQ(find(laptop), success);
  EXPECT_EQ(view_of(phone).session.credential_version, 1);
  EXPECT_EQ(invalidations().size(), seen);
}

TEST_P(ChangePassword, NeedsALiveSessionOfTheAccount) {
  const auto bob = registered("bob@example.org");
  auto elsewhere = change_to("three quiet otters");
  elsewhere.session = bob.session->id;
  EXPECT_EQ(outcome(accounts().change_password(elsewhere)), session_expired);

  ASSERT_EQ(outcome(sessions().end(phone.session.id, sessions::EndReason::signed_out, now(), origin)), success);
  EXPECT_EQ(outcome(accounts().change_password(change_to("three quiet otters"))), session_expired);

  EXPECT_EQ(stored_verifier(), verifier);
}

TEST_P(ChangePassword, ItsMailComesWithItOrNotAtAll) {
  auto change = change_to("three quiet otters");
  change.mail = mail::NewMail{.id = mail::MailId::fresh(now(), mint.random()),
                              .kind = mail::MailKind::password_changed,
                              .account = ann.id,
                              .locale = std::nullopt,
                              .payload = {1, 2, 3},
                              .created_at = now()};
  auto refused = change;
  refused.previous = verifier_of("something else");

  EXPECT_EQ(outcome(accounts().change_password(refused)), verifier_changed);
  EXPECT_EQ(outcome(stores->outbox().find(change.mail->id)).fault, Fault::not_found);

  EXPECT_EQ(outcome(accounts().change_password(change)), success);
  EXPECT_EQ(outcome(stores->outbox().find(change.mail->id)), success);
}

TEST_P(ChangePassword, FindsTheVerifierByIdAndNoneOfADeletedAccount) {
  const auto record = run(accounts().find_sign_in(ann.id)).value();
  EXPECT_EQ(record.id, ann.id);
  EXPECT_EQ(record.credential_version, 1);
  EXPECT_EQ(record.verifier, verifier);

  ASSERT_EQ(set_status(ann.id, AccountStatus::deleted), success);
  EXPECT_EQ(outcome(accounts().find_sign_in(ann.id)), account_not_found);
}

TEST_P(ChangePassword, AuthenticationIsFreshForTenMinutesAndAgainOnceItIsRepeated) {
  EXPECT_TRUE(sessions::require_fresh(view_of(phone), now()));
  clock.advance(minutes{10} - microseconds{1});
  EXPECT_TRUE(sessions::require_fresh(view_of(phone), now()));
  clock.advance(microseconds{1});
  EXPECT_EQ(outcome_of(sessions::require_fresh(view_of(phone), now())), fresh_authentication_required);

  EXPECT_EQ(reauthenticate(phone, 1), success);

  EXPECT_TRUE(sessions::require_fresh(view_of(phone), now()));
  EXPECT_EQ(outcome_of(sessions::require_fresh(view_of(laptop), now())), fresh_authentication_required);
  EXPECT_TRUE(is_invalidated(phone.session.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "reauthenticated");
}

TEST_P(ChangePassword, OnlyALiveSessionOfTheProvenCredentialsIsMadeFresh) {
  clock.advance(minutes{11});
  ASSERT_EQ(outcome(accounts().change_password(change_to("three quiet otters"))), success);
  clock.advance(minutes{11});

  EXPECT_EQ(reauthenticate(laptop, 1), session_expired);
  EXPECT_EQ(reauthenticate(phone, 1), credentials_changed);
  EXPECT_EQ(outcome_of(sessions::require_fresh(view_of(phone), now())), fresh_authentication_required);

  EXPECT_EQ(reauthenticate(phone, 2), success);
}

/// The commands, stopped at a hash while the world goes on.
class ChangePasswordMeanwhile : public ChangePassword {
 protected:
  using Answer = std::optional<Outcome>;

  core::Task<Result<std::int64_t>> change(const Device& device, std::string_view current, std::string_view next) {
    return handler({.view = std::make_shared<const sessions::SessionView>(view_of(device)),
                    .current = password_of(current),
                    .next = password_of(next),
                    .client = client});
  }
  core::Task<Result<void>> repeat_password(const Device& device, std::string_view password) {
    return again({.view = std::make_shared<const sessions::SessionView>(view_of(device)),
                  .password = password_of(password),
                  .client = client});
  }
  core::Task<Result<sessions::SignedIn>> sign_in(std::string_view password) {
    return signing_in({.email = accounts::Email::parse("ann@example.org").value(),
                       .password = password_of(password),
                       .device = {.id = "first"},  // there is room for three
                       .client = client});
  }
  /// Lets a command run as far as its hash.
  template <class T>
  void begin(core::Task<Result<T>> task, Answer& answer) {
    const auto held = hasher.held();
    hasher.hold();
    start(context, std::move(task), [&answer](const Result<T>& result) { answer = outcome_of(result); });
    while (hasher.held() == held) loop.wait_and_turn();
  }
  void finish(std::initializer_list<const Answer*> answers) {
    hasher.release();
    while (std::ranges::any_of(answers, [](const Answer* answer) { return !answer->has_value(); })) {
      loop.wait_and_turn();
    }
  }

  const sessions::Client client{.origin = origin, .network = 1};
  HeldHasher hasher;
  sessions::SessionCache cache{sessions(), clock};
  sessions::OwnPassword own_password{accounts(), attempts(), hasher, *mint, clock};
  const mail::MailDesk mail_desk{mint.keyring(), mint.random()};
  accounts::ChangePasswordHandler handler{own_password, accounts(), hasher, cache, mail_desk, clock};
  sessions::ReauthenticateHandler again{own_password, sessions(), cache, clock};
  sessions::SignInHandler signing_in{accounts(), sessions(), attempts(), hasher, cache, *mint, clock};
  core::TaskContext context{loop, core::Moment::max()};
  Answer first, second;
};
INSTANTIATE_TEST_SUITE_P(On, ChangePasswordMeanwhile, every_adapter, adapter_name);

TEST_P(ChangePasswordMeanwhile, UndisturbedTheNewPasswordSignsInAndTheOldOneDoesNot) {
  const auto version = run(change(phone, "correct horse", "three quiet otters"));

  ASSERT_EQ(outcome_of(version), success);
  EXPECT_EQ(*version, view_of(phone).account.credential_version);
  EXPECT_EQ(outcome(sign_in("correct horse")), invalid_credentials);
  EXPECT_EQ(outcome(sign_in("three quiet otters")), success);
  EXPECT_EQ(outcome(cache.find(phone.session.id)), success);
  EXPECT_EQ(outcome(cache.find(laptop.session.id)), session_expired);
}

TEST_P(ChangePasswordMeanwhile, ASignInWithTheOldPasswordThatWaitsForItsHashGetsNoSession) {
  begin(sign_in("correct horse"), first);
  ASSERT_EQ(outcome(accounts().change_password(change_to("three quiet otters"))), success);

  finish({&first});

  EXPECT_EQ(first, invalid_credentials);
  EXPECT_EQ(run(stores->directory().sessions_of(ann.id, now())).value().size(), 1U);
}

TEST_P(ChangePasswordMeanwhile, OfTwoChangesInOneSessionTheFirstWinsAndTheOtherIsAConflict) {
  begin(change(phone, "correct horse", "three quiet otters"), first);
  begin(change(phone, "correct horse", "four loud seagulls"), second);

  finish({&first, &second});

  EXPECT_EQ(first, success);
  EXPECT_EQ(second, verifier_changed);
  EXPECT_EQ(stored_verifier(), verifier_of("three quiet otters"));
  EXPECT_EQ(view_of(phone).session.credential_version, 2);
}

TEST_P(ChangePasswordMeanwhile, OfTwoChangesOnTwoDevicesTheFirstWinsAndTheOtherDeviceIsSignedOut) {
  begin(change(phone, "correct horse", "three quiet otters"), first);
  begin(change(laptop, "correct horse", "four loud seagulls"), second);

  finish({&first, &second});

  EXPECT_EQ(first, success);
  EXPECT_EQ(second, session_expired);
  EXPECT_EQ(find(phone), success);
  EXPECT_EQ(find(laptop), session_expired);
}

TEST_P(ChangePasswordMeanwhile, AnAccountSuspendedMeanwhileKeepsItsPassword) {
  begin(change(phone, "correct horse", "three quiet otters"), first);
  ASSERT_EQ(set_status(ann.id, AccountStatus::suspended), success);

  finish({&first});

  EXPECT_EQ(first, session_expired);
  EXPECT_EQ(stored_verifier(), verifier);
}

TEST_P(ChangePasswordMeanwhile, TheSamePasswordInANewVerifierDoesNotStopTheChange) {
  begin(change(phone, "correct horse", "three quiet otters"), first);
  run(accounts().replace_verifier(
          {.account = ann.id, .previous = verifier, .next = verifier_of("correct horse", 9), .now = now()}))
      .value();

  finish({&first});

  EXPECT_EQ(first, success);
  EXPECT_EQ(stored_verifier(), verifier_of("three quiet otters"));
}

TEST_P(ChangePasswordMeanwhile, TheOldPasswordRepeatedWhileItChangesMakesNothingFresh) {
  clock.advance(minutes{11});
  begin(repeat_password(phone, "correct horse"), first);
  ASSERT_EQ(outcome(accounts().change_password(change_to("three quiet otters"))), success);
  clock.advance(minutes{11});

  finish({&first});

  EXPECT_EQ(first, wrong_password);
  EXPECT_EQ(outcome_of(sessions::require_fresh(view_of(phone), now())), fresh_authentication_required);
}

TEST_P(ChangePasswordMeanwhile, FiveWrongPasswordsLockTheSessionAndNobodyElse) {
  for (int i = 0; i < 5; ++i) {
    const auto guess = "guess number " + std::to_string(i);
    EXPECT_EQ(i % 2 == 0 ? outcome(change(phone, guess, "three quiet otters")) : outcome(repeat_password(phone, guess)),
              wrong_password);
  }

  EXPECT_EQ(outcome(change(phone, "correct horse", "three quiet otters")), locked);
  EXPECT_EQ(outcome(repeat_password(phone, "correct horse")), locked);
  EXPECT_EQ(outcome(sign_in("correct horse")), success) << "whoever has the session cannot lock its owner out";
  EXPECT_EQ(outcome(repeat_password(laptop, "correct horse")), success);
  EXPECT_EQ(find(phone), success);

  clock.advance(minutes{15});
  EXPECT_EQ(outcome(repeat_password(phone, "correct horse")), success);
}

TEST_P(ChangePasswordMeanwhile, AStrangerWhoHasLockedTheNameDoesNotKeepItsOwnerFromAChange) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(outcome(sign_in("guess number " + std::to_string(i))), invalid_credentials);
  }
  ASSERT_EQ(outcome(sign_in("correct horse")), locked);

  EXPECT_EQ(outcome(change(phone, "correct horse", "three quiet otters")), success);
}

TEST_P(ChangePasswordMeanwhile, RightPasswordsAndThoseNobodyCheckedDoNotCount) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(outcome(repeat_password(phone, "correct horse")), success);
  hasher.refuse_with(core::Error{.fault = Fault::unavailable, .code = "overloaded"});
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(outcome(repeat_password(phone, "guess number " + std::to_string(i))).fault, Fault::unavailable);
  }
  hasher.refuse_with(std::nullopt);

  EXPECT_EQ(outcome(repeat_password(phone, "correct horse")), success);
}

}  // namespace
}  // namespace sallyport::contract
