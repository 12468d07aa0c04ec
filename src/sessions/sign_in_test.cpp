#include "sessions/sign_in.h"

#include <gtest/gtest.h>
#include <algorithm>

#include <random>

#include "sessions/people_for_test.h"

namespace sallyport::sessions {
namespace {

using accounts::AccountStatus;
using core::Fault;
using core::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// One sign-in on its way: its own context, so that its client can go away.
struct Going {
  explicit Going(core::Loop& loop) : context(loop, core::Moment::max()) {}
  core::TaskContext context;
  std::optional<Result<SignedIn>> answer;
  std::string_view code() const { return !answer ? "waiting" : *answer ? "" : answer->error().code; }
};

class SignInTest : public testing::Test {
 protected:
  std::string_view attempt(std::string_view password, std::string_view email = People::email) {
    return code_of(people.run_sign_in(People::command(password, "phone", email)));
  }
  static std::string_view code_of(const Result<SignedIn>& result) { return result ? "" : result.error().code; }
  static std::string wrong(int number) { return "wrong password " + std::to_string(number); }

  /// Starts a sign-in and lets it go as far as it can.
  std::unique_ptr<Going> begin(std::string_view password, std::string_view email = People::email) {
    auto going = std::make_unique<Going>(people.loop);
    start(going->context, people.sign_in(People::command(password, "phone", email)),
          [&answer = going->answer](Result<SignedIn> result) { answer.emplace(std::move(result)); });
    settle();
    return going;
  }
  void settle() {
    while (people.loop.turn()) continue;
  }
  void pass(std::chrono::microseconds time) {
    people.clock.advance(time);
    people.loop.turn();  // timers first: a turn does not count them as work
    settle();
  }

  People people;
};

TEST_F(SignInTest, TheRightPasswordOpensASessionThatItsTokensFind) {
  const auto signed_in = people.run_sign_in(People::command()).value();

  const auto now = people.clock.now();
  const auto digest = SessionToken::digest_of(signed_in.session_token.reveal()).value();
  EXPECT_EQ(people.loop.run(people.sessions.find_by_token(digest, now))->session.id, signed_in.view.session.id);
  EXPECT_EQ(people.mint.access_tokens().verify(signed_in.access_token)->session, signed_in.view.session.id);
  EXPECT_EQ(RefreshToken::parse(people.mint.keyring(), signed_in.refresh_token.reveal())->session(),
            signed_in.view.session.id);
  EXPECT_EQ(signed_in.view.account.id, people.account);
  EXPECT_EQ(signed_in.view.session.device_id, "phone");
  EXPECT_EQ(signed_in.view.session.expires_at, now + people.mint->lifetimes().sliding);
}

TEST_F(SignInTest, WithoutADeviceIdEverySignInIsANewDevice) {
  const auto first = people.run_sign_in(People::command(People::password, "")).value();
  const auto second = people.run_sign_in(People::command(People::password, "")).value();

  EXPECT_NE(first.view.session.device_id, "");
  EXPECT_NE(first.view.session.device_id, second.view.session.device_id);
  EXPECT_TRUE(people.loop.run(people.sessions.find(first.view.session.id, people.clock.now())));
}

TEST_F(SignInTest, AReplacedSessionIsForgottenByTheCacheBeforeTheAnswer) {
  const auto first = people.run_sign_in(People::command()).value();
  people.loop.run(people.cache.poll()).value();
  people.loop.run(people.cache.find(first.view.session.id)).value();

  people.run_sign_in(People::command()).value();

  EXPECT_EQ(people.loop.run(people.cache.find(first.view.session.id)).error().code, "session_expired");
}

TEST_F(SignInTest, AWrongPasswordAndAnUnknownNameAnswerAlikeAfterTheSameWork) {
  people.hasher.hold();
  const auto wrong_password = begin("wrong password");
  const auto unknown_name = begin("wrong password", "nobody@example.org");
  EXPECT_EQ(people.hasher.held(), 2U);

  people.hasher.release();
  settle();

  EXPECT_EQ(wrong_password->code(), "invalid_credentials");
  EXPECT_EQ(wrong_password->answer->error().fault, Fault::unauthenticated);
  EXPECT_EQ(unknown_name->code(), "invalid_credentials");
  EXPECT_EQ(unknown_name->answer->error().fault, Fault::unauthenticated);
}

TEST_F(SignInTest, FiveWrongPasswordsLockTheNameWhetherOrNotThereIsOne) {
  for (const auto email : {People::email, std::string_view("nobody@example.org")}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(attempt(wrong(i), email), "invalid_credentials");

    const auto refused = people.run_sign_in(People::command(People::password, "phone", email));

    EXPECT_EQ(code_of(refused), "locked") << "for the right password too";
    EXPECT_EQ(refused.error().fault, Fault::throttled);
    EXPECT_EQ(refused.error().retry_after, seconds{900});
  }
  people.clock.advance(seconds{900});
  EXPECT_EQ(attempt(People::password), "");
}

TEST_F(SignInTest, ALockedNameIsNotHashedFor) {
  for (int i = 0; i < 5; ++i) attempt(wrong(i));
  people.hasher.hold();

  EXPECT_EQ(begin(wrong(6))->code(), "locked");

  EXPECT_EQ(people.hasher.held(), 0U);
}

TEST_F(SignInTest, TheNameIsCountedHoweverItIsSpelt) {
  for (int i = 0; i < 5; ++i) attempt(wrong(i), i % 2 == 0 ? "ANN@example.org" : "ann@EXAMPLE.org");

  EXPECT_EQ(attempt(People::password), "locked");
}

TEST_F(SignInTest, ASuccessForgivesNothingAndCostsNothing) {
  for (int i = 0; i < 4; ++i) attempt(wrong(i));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(attempt(People::password), "");

  EXPECT_EQ(attempt(wrong(5)), "invalid_credentials");

  EXPECT_EQ(attempt(People::password), "locked");
}

TEST_F(SignInTest, AnAttemptThatWasShedIsNotCounted) {
  people.hasher.refuse_with(core::Error{Fault::unavailable, "overloaded"});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(attempt(wrong(i)), "overloaded");

  people.hasher.refuse_with(std::nullopt);

  for (int i = 0; i < 4; ++i) EXPECT_EQ(attempt(wrong(i)), "invalid_credentials");
  EXPECT_EQ(attempt(People::password), "");
}

TEST_F(SignInTest, AnAttemptWhoseClientWentBeforeItsHashWasMadeIsNotCounted) {
  people.hasher.hold();
  for (int i = 0; i < 20; ++i) {
    const auto going = begin(wrong(i));
    going->context.interrupt(Fault::cancelled);
    settle();
    ASSERT_EQ(going->code(), "cancelled");
  }
  people.hasher.release();
  settle();

  EXPECT_EQ(attempt(People::password), "");
}

TEST_F(SignInTest, AWrongPasswordIsCountedThoughItsClientGoesAtThatMoment) {
  for (int i = 0; i < 5; ++i) {
    people.hasher.hold();
    const auto going = begin(wrong(i));
    people.hasher.release();  // the hash is made; nobody has looked at it yet
    going->context.interrupt(Fault::cancelled);
    settle();
    ASSERT_EQ(going->code(), "invalid_credentials");
  }

  EXPECT_EQ(attempt(People::password), "locked");
}

TEST_F(SignInTest, ARightPasswordWhoseClientGoesAtThatMomentIsNotCounted) {
  for (int i = 0; i < 10; ++i) {
    people.hasher.hold();
    const auto going = begin(People::password);
    people.hasher.release();
    going->context.interrupt(Fault::deadline_exceeded);
    settle();
    ASSERT_EQ(going->code(), "deadline_exceeded");
  }

  for (int i = 0; i < 4; ++i) EXPECT_EQ(attempt(wrong(i)), "invalid_credentials");
  EXPECT_EQ(attempt(People::password), "");
}

TEST_F(SignInTest, FurtherGuessesWaitUntilOneIsDecided) {
  people.hasher.hold();
  std::vector<std::unique_ptr<Going>> guesses;
  for (int i = 0; i < 5; ++i) guesses.push_back(begin(wrong(i)));
  const auto owner = begin(People::password);
  pass(seconds{1});
  EXPECT_EQ(owner->code(), "waiting");
  EXPECT_EQ(people.hasher.held(), 5U) << "the sixth has not reached its hash";

  guesses[0]->context.interrupt(Fault::cancelled);  // undecided: its place is free again
  settle();
  people.hasher.release();
  pass(milliseconds{300});

  EXPECT_EQ(owner->code(), "");
  for (int i = 1; i < 5; ++i) EXPECT_EQ(guesses[i]->code(), "invalid_credentials");
}

TEST_F(SignInTest, WhoWaitedIsRefusedWhenTheGuessesBeforeItLockTheName) {
  people.hasher.hold();
  std::vector<std::unique_ptr<Going>> guesses;
  for (int i = 0; i < 5; ++i) guesses.push_back(begin(wrong(i)));
  const auto owner = begin(People::password);

  people.hasher.release();
  settle();
  pass(milliseconds{300});

  EXPECT_EQ(owner->code(), "locked");
}

TEST_F(SignInTest, WhoWaitsCanGoAway) {
  people.hasher.hold();
  std::vector<std::unique_ptr<Going>> guesses;
  for (int i = 0; i < 5; ++i) guesses.push_back(begin(wrong(i)));
  const auto owner = begin(People::password);

  owner->context.interrupt(Fault::deadline_exceeded);
  settle();

  EXPECT_EQ(owner->code(), "deadline_exceeded");
  people.hasher.release();
  settle();
}

TEST_F(SignInTest, TheSamePasswordTwentyTimesAtOnceIsOneGuess) {
  people.hasher.hold();
  std::vector<std::unique_ptr<Going>> guesses;
  for (int i = 0; i < 20; ++i) guesses.push_back(begin("wrong password"));
  EXPECT_EQ(people.hasher.held(), 20U);
  people.hasher.release();
  settle();

  for (const auto& guess : guesses) EXPECT_EQ(guess->code(), "invalid_credentials");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(attempt(wrong(i)), "invalid_credentials");
  EXPECT_EQ(attempt(People::password), "");
}

TEST_F(SignInTest, TheStatusIsToldOnlyToWhoKnowsThePassword) {
  for (const auto& [status, code] : {std::pair{AccountStatus::suspended, "account_suspended"},
                                     std::pair{AccountStatus::pending, "account_pending"}}) {
    people.set_status(status);

    EXPECT_EQ(attempt("wrong password"), "invalid_credentials");
    const auto refused = people.run_sign_in(People::command());
    EXPECT_EQ(code_of(refused), code);
    EXPECT_EQ(refused.error().fault, Fault::forbidden);
  }
  people.set_status(AccountStatus::deleted);
  EXPECT_EQ(attempt(People::password), "invalid_credentials");
}

/// Ann's phone, which has signed in before, and strangers who guess at her name.
class DeviceGuesses : public SignInTest {
 protected:
  std::string_view attempt_on(const SignedIn& device, std::string_view password,
                              std::string_view email = People::email) {
    return code_of(people.run_sign_in(command_on(device, password, email)));
  }
  SignIn command_on(const SignedIn& device, std::string_view password, std::string_view email = People::email) const {
    auto command = People::command(password, "phone", email);
    command.device_token = DeviceToken::parse(people.mint.keyring(), device.device_token.reveal(), people.clock.now());
    EXPECT_TRUE(command.device_token);
    return command;
  }
  void lock_name(std::string_view email = People::email) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(attempt(wrong(i), email), "invalid_credentials");
    EXPECT_EQ(attempt(People::password, email), "locked");
  }

  const SignedIn phone = people.run_sign_in(People::command()).value();
};

TEST_F(DeviceGuesses, AStrangerCannotLockAnOwnerOutOfTheirDevice) {
  lock_name();

  EXPECT_EQ(attempt_on(phone, People::password), "");
  EXPECT_EQ(attempt(wrong(6)), "locked") << "the owner's success gives the stranger nothing";
}

TEST_F(DeviceGuesses, GuessesOnADeviceAreFiveAndCostTheNameNothing) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(attempt_on(phone, wrong(i)), "invalid_credentials");

  EXPECT_EQ(attempt_on(phone, People::password), "locked");
  EXPECT_EQ(attempt(People::password), "");
}

TEST_F(DeviceGuesses, UndecidedGuessesOfStrangersDoNotHoldADeviceUp) {
  people.hasher.hold();
  std::vector<std::unique_ptr<Going>> strangers;
  for (int i = 0; i < 20; ++i) strangers.push_back(begin(wrong(i)));
  ASSERT_EQ(people.hasher.held(), 5U);

  Going owner(people.loop);
  start(owner.context, people.sign_in(command_on(phone, People::password)),
        [&owner](Result<SignedIn> result) { owner.answer.emplace(std::move(result)); });
  settle();

  EXPECT_EQ(people.hasher.held(), 6U) << "the owner's password is at its hash";
  people.hasher.release();
  pass(milliseconds{300});
  EXPECT_EQ(owner.code(), "");
  const auto is_answered = [](const auto& going) { return going->answer.has_value(); };
  for (int i = 0; i < 100 && !std::ranges::all_of(strangers, is_answered); ++i) pass(milliseconds{300});
  EXPECT_TRUE(std::ranges::all_of(strangers, is_answered)) << "nobody is left waiting";
}

TEST_F(DeviceGuesses, ATokenOfAnotherAccountIsNone) {
  const auto bob = people.register_account("bob@example.org");
  auto tablet = people.run_sign_in(People::command(People::password, "tablet", "bob@example.org")).value();
  ASSERT_EQ(tablet.view.account.id, bob);
  lock_name();
  lock_name("nobody@example.org");

  EXPECT_EQ(attempt_on(tablet, People::password), "locked");
  EXPECT_EQ(attempt_on(tablet, People::password, "nobody@example.org"), "locked");
}

TEST_F(DeviceGuesses, ATokenFromBeforeAChangeOfPasswordIsNone) {
  people.loop
      .run(people.accounts.change_password({.account = people.account,
                                            .session = phone.view.session.id,
                                            .previous = HeldHasher::verifier_of(People::password).str(),
                                            .next = HeldHasher::verifier_of("three quiet otters").str(),
                                            .now = people.clock.now(),
                                            .origin = People::client.origin}))
      .value();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(attempt(wrong(i)), "invalid_credentials");

  EXPECT_EQ(attempt_on(phone, "three quiet otters"), "locked");

  people.clock.advance(seconds{900});
  const auto again = people.run_sign_in(People::command("three quiet otters")).value();
  lock_name();
  EXPECT_EQ(attempt_on(again, "three quiet otters"), "");
}

TEST_F(DeviceGuesses, WhatIsShedOnADeviceIsNotCounted) {
  people.hasher.refuse_with(core::Error{Fault::unavailable, "overloaded"});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(attempt_on(phone, wrong(i)), "overloaded");
  people.hasher.refuse_with(std::nullopt);

  for (int i = 0; i < 4; ++i) EXPECT_EQ(attempt_on(phone, wrong(i)), "invalid_credentials");
  EXPECT_EQ(attempt_on(phone, People::password), "");
}

TEST_F(DeviceGuesses, WhateverComesInWhateverOrderEveryCounterIsAsIfItWereAlone) {
  enum class Password { right, wrong, shed };
  std::mt19937 choice(3);
  const throttle::AttemptRules rules;
  throttle::AttemptCounter name, device, unknown;
  int failures = 0, number = 0;
  for (int step = 0; step < 4'000; ++step) {
    if (choice() % 8 == 0) people.clock.advance(seconds{choice() % 1'200});
    throttle::AttemptCounter* const counters[] = {&name, &device, &unknown};
    auto& counter = *counters[choice() % 3];
    const auto password = choice() % 4 == 0 ? Password::right : choice() % 4 == 0 ? Password::shed : Password::wrong;
    const auto text = password == Password::wrong ? wrong(++number) : std::string(People::password);
    people.hasher.refuse_with(password == Password::shed ? std::optional(core::Error{Fault::unavailable, "overloaded"})
                                                         : std::nullopt);
    counter = throttle::decayed(counter, people.clock.now(), rules);
    const bool is_locked = counter.locked_until && *counter.locked_until > people.clock.now();
    const bool is_right = password == Password::right && &counter != &unknown;

    const auto heard = &counter == &device    ? attempt_on(phone, text)
                       : &counter == &unknown ? attempt(text, "nobody@example.org")
                                              : attempt(text);

    ASSERT_EQ(heard, is_locked                    ? "locked"
                     : password == Password::shed ? "overloaded"
                     : is_right                   ? ""
                                                  : "invalid_credentials")
        << step;
    if (is_locked || password == Password::shed || is_right) continue;
    ++failures;
    counter = throttle::after_failure(counter, people.clock.now(), rules);
  }
  EXPECT_GT(failures, 100);
}

/// Somebody who is told by mail of what happens to their account.
class SignInNotices : public SignInTest {
 protected:
  std::vector<std::string> mails() {
    std::vector<std::string> kinds;
    for (const auto& mail : people.loop.run(outbox.list({})).value()) kinds.push_back(mail.kind);
    return kinds;
  }
  Result<SignedIn> sign_in(SignIn command) { return people.loop.run(handler(std::move(command))); }

  memory::MemoryOutbox outbox{people.store};
  mail::MailDesk desk{people.mint.keyring(), people.mint.random()};
  SignInHandler handler{people.accounts, people.sessions, people.attempts, people.hasher, people.cache,
                        *people.mint,    people.clock,    &desk,           &desk};
};

TEST_F(SignInNotices, OnlyANewDeviceIsToldOfAndOnlyWhenItIsIn) {
  EXPECT_EQ(sign_in(People::command("wrong password")).error().code, "invalid_credentials");
  EXPECT_EQ(mails(), std::vector<std::string>{});

  const auto first = sign_in(People::command()).value();
  EXPECT_EQ(mails(), std::vector<std::string>{"new_device"});

  auto known = People::command();
  known.device_token = DeviceToken::parse(people.mint.keyring(), first.device_token.reveal(), people.clock.now());
  EXPECT_TRUE(sign_in(std::move(known)));
  EXPECT_EQ(mails().size(), 1U);
  EXPECT_TRUE(sign_in(People::command()));
  EXPECT_EQ(mails().size(), 2U) << "without its token it is new again";
}

TEST_F(SignInNotices, ALockIsToldOfOnceADayAndOnlyToWhomItConcerns) {
  for (const std::string_view email : {People::email, std::string_view("nobody@example.org")}) {
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(code_of(sign_in(People::command(wrong(i), "phone", email))), "invalid_credentials");
    EXPECT_EQ(code_of(sign_in(People::command(People::password, "phone", email))), "locked");
  }
  EXPECT_EQ(mails(), std::vector<std::string>{"locked"});
  const auto letter = desk.open(people.loop.run(outbox.list({})).value().front()).value();
  EXPECT_EQ(letter.to, People::email);
  EXPECT_EQ(letter.ip, People::client.origin.ip);

  people.clock.advance(seconds{900});
  for (int i = 0; i < 5; ++i) sign_in(People::command(wrong(i)));
  EXPECT_EQ(mails().size(), 1U);
}

TEST_F(SignInNotices, TheMailSaysWhenAndFromWhere) {
  auto command = People::command();
  command.device.name = "Firefox on Linux";
  sign_in(std::move(command)).value();

  const auto letter = desk.open(people.loop.run(outbox.list({})).value().front()).value();

  EXPECT_EQ(letter.to, People::email);
  EXPECT_EQ(letter.at, people.clock.now());
  EXPECT_EQ(letter.device, "Firefox on Linux");
  EXPECT_EQ(letter.ip, People::client.origin.ip);
}

TEST_F(SignInTest, AnOutdatedVerifierIsReplaced) {
  const auto key = accounts::EmailKey::fold(People::email).value();
  const auto before = people.loop.run(people.accounts.find_sign_in(key))->verifier;
  people.hasher.call_outdated(true);

  const auto signed_in = people.run_sign_in(People::command()).value();

  EXPECT_NE(people.loop.run(people.accounts.find_sign_in(key))->verifier, before);
  EXPECT_TRUE(people.loop.run(people.sessions.find(signed_in.view.session.id, people.clock.now())));
  people.hasher.call_outdated(false);
  EXPECT_EQ(attempt(People::password), "");
}

}  // namespace
}  // namespace sallyport::sessions
