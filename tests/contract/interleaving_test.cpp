#include "sessions/refresh.h"
#include "sessions/sign_in.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;
using sessions::SignedIn;

inline constexpr Outcome invalid_credentials{Fault::unauthenticated, "invalid_credentials"};

/// A sign-in stopped at its hash, while the world goes on.
class Interleaving : public StoreTest {
 protected:
  Task<Result<SignedIn>> sign_in(std::string_view password) {
    return handler({.email = accounts::Email::parse("ann@example.org").value(),
                    .password = accounts::Password::parse(password).value(),
                    .device = {.id = "phone"},
                    .client = {.origin = origin, .network = 1}});
  }
  /// Starts a sign-in and lets it run as far as its hash.
  void begin(std::string_view password = "correct horse") {
    hasher.hold();
    start(context, sign_in(password), [this](Result<SignedIn> result) { answer.emplace(std::move(result)); });
    while (hasher.held() == 0) loop.wait_and_turn();
  }
  Outcome finish() {
    hasher.release();
    while (!answer) loop.wait_and_turn();
    return outcome_of(*answer);
  }
  /// Whether all five guesses are left.
  bool nothing_was_counted() {
    const auto key = mint.keyring().mac_key(crypto::Purpose::throttle).mac({core::as_bytes("ann@example.org")});
    for (std::uint8_t i = 1; i <= 5; ++i) {
      const auto reserved = run(attempts().reserve({.key = key, .print = {i}}, now())).value();
      if (reserved.state != throttle::Reservation::State::granted) return false;
    }
    return true;
  }

  const accounts::NewAccount account = registered();
  sessions::HeldHasher hasher;
  sessions::SessionCache cache{sessions(), clock};
  sessions::SignInHandler handler{accounts(), sessions(), attempts(), hasher, cache, *mint, clock};
  sessions::RefreshHandler refresh{sessions(), cache, *mint, clock};
  core::TaskContext context{loop, core::Moment::max()};
  std::optional<Result<SignedIn>> answer;
};
INSTANTIATE_TEST_SUITE_P(On, Interleaving, every_adapter, adapter_name);

TEST_P(Interleaving, UndisturbedTheSignInSucceeds) {
  begin();

  ASSERT_EQ(finish(), success);

  EXPECT_EQ(outcome(sessions().find((*answer)->view.session.id, now())), success);
  EXPECT_TRUE(nothing_was_counted());
}

TEST_P(Interleaving, APasswordChangedMeanwhileMakesTheOldOneWrong) {
  begin();
  stores->move_credential_version(account.id);

  EXPECT_EQ(finish(), invalid_credentials);

  EXPECT_TRUE(nothing_was_counted()) << "it was right when it was typed";
  EXPECT_EQ(events(account.id), std::vector<std::string>{"account_registered"});
}

TEST_P(Interleaving, AnAccountSuspendedMeanwhileIsNotSignedIn) {
  begin();
  ASSERT_EQ(set_status(account.id, AccountStatus::suspended), success);

  EXPECT_EQ(finish(), invalid_credentials);

  EXPECT_TRUE(nothing_was_counted());
  EXPECT_EQ(events(account.id).front(), "account_status_changed");
}

TEST_P(Interleaving, AnAccountDeletedMeanwhileIsNotSignedInThoughItsAddressLivesOn) {
  begin();
  ASSERT_EQ(set_status(account.id, AccountStatus::deleted), success);
  const auto next = registered();

  EXPECT_EQ(finish(), invalid_credentials);

  EXPECT_EQ(events(account.id).front(), "account_status_changed");
  EXPECT_EQ(events(next.id), std::vector<std::string>{"account_registered"});
}

TEST_P(Interleaving, AVerifierReplacedMeanwhileDisturbsNobody) {
  begin();
  run(accounts().replace_verifier({.account = account.id,
                                   .previous = verifier,
                                   .next = sessions::HeldHasher::verifier_of("correct horse", 9).str(),
                                   .now = now()}))
      .value();

  EXPECT_EQ(finish(), success);
}

TEST_P(Interleaving, AnOutdatedVerifierIsNotWrittenOverOneReplacedMeanwhile) {
  hasher.call_outdated(true);
  begin();
  const auto replaced = sessions::HeldHasher::verifier_of("correct horse", 9).str();
  run(accounts().replace_verifier({.account = account.id, .previous = verifier, .next = replaced, .now = now()}))
      .value();

  EXPECT_EQ(finish(), success);

  EXPECT_EQ(run(accounts().find_sign_in(account.email.key()))->verifier, replaced);
}

TEST_P(Interleaving, TwoSignInsOfOneDeviceLeaveOneSession) {
  begin();
  std::optional<Result<SignedIn>> second;
  start(context, sign_in("correct horse"), [&](Result<SignedIn> result) { second.emplace(std::move(result)); });
  while (hasher.held() < 2) loop.wait_and_turn();

  ASSERT_EQ(finish(), success);
  while (!second) loop.wait_and_turn();

  ASSERT_EQ(outcome_of(*second), success);
  const auto is_live = [&](const Result<SignedIn>& signed_in) {
    return outcome(sessions().find(signed_in->view.session.id, now())) == success;
  };
  EXPECT_NE(is_live(*answer), is_live(*second));
  EXPECT_TRUE(nothing_was_counted());
}

TEST_P(Interleaving, ASuspensionThatMeetsRefreshesLeavesNoLiveSession) {
  for (int suspend_after = 0; suspend_after <= 8; ++suspend_after) {
    SCOPED_TRACE(suspend_after);
    const auto owner = registered("p" + std::to_string(suspend_after) + "@example.org");
    auto phone = opened(owner.id);
    std::vector<Outcome> outcomes;
    const auto refresh_once = [&] {
      start(context, refresh({.refresh_token = phone.refresh_token.text(), .client = {.origin = origin, .network = 1}}),
            [&](const Result<sessions::Refreshed>& refreshed) { outcomes.push_back(outcome_of(refreshed)); });
    };

    std::optional<Outcome> suspended;
    for (int i = 0; i < 8; ++i) {
      if (i == suspend_after) {
        start(context, accounts().set_status(owner.id, AccountStatus::suspended, now(), origin),
              [&](const Result<accounts::Account>& done) { suspended = outcome_of(done); });
      }
      refresh_once();
    }
    if (suspend_after == 8) suspended = set_status(owner.id, AccountStatus::suspended);
    while (outcomes.size() < 8 || !suspended) loop.wait_and_turn();

    EXPECT_EQ(suspended, success);
    for (int i = 0; i < 8; ++i) EXPECT_EQ(outcomes[i], i < suspend_after ? success : session_expired) << i;
    EXPECT_EQ(find(phone), session_expired);
  }
}

}  // namespace
}  // namespace sallyport::contract
