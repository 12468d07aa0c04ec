#include "accounts/complete_setup.h"
#include "accounts/make_setup_token.h"
#include "accounts/setup_token.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::SetupTokenMaker;

inline constexpr Outcome setup_done{Fault::conflict, "setup_done"};
inline constexpr Outcome setup_token_invalid{Fault::forbidden, "setup_token_invalid"};
inline constexpr Outcome setup_token_kept{Fault::conflict, "setup_token_kept"};
inline constexpr Outcome invalid_fields{Fault::invalid, "invalid_fields"};

class SetupStoreContract : public StoreTest {
 protected:
  accounts::SetupStore& setup() { return stores->setup(); }
  Outcome replace(const core::Digest& fresh, SetupTokenMaker maker = SetupTokenMaker::start) {
    return outcome(setup().replace_token(
        {.digest = fresh, .maker = maker, .created_at = now(), .expires_at = now() + hours(1), .origin = origin}));
  }
  accounts::NewAdministrator new_administrator(std::string_view email) {
    return {.id = core::AccountId::fresh(now(), mint.random()),
            .email = accounts::Email::parse(email).value(),
            .display_name = std::nullopt,
            .verifier = verifier,
            .created_at = now(),
            .origin = origin};
  }
  Outcome create_first(const core::Digest& presented, std::string_view email = "boss@example.org") {
    return outcome(setup().create_first_administrator({presented, new_administrator(email)}));
  }
  Outcome check(const core::Digest& presented) { return outcome(setup().check_token(presented, now())); }
  std::vector<std::string> all_events() {
    std::vector<std::string> names;
    for (auto& row : run(stores->audit_log().recent(std::nullopt, 100)).value()) names.push_back(std::move(row.event));
    return names;
  }

  const core::Digest digest = mint.random().bytes<32>();
  const core::Digest other = mint.random().bytes<32>();
};
INSTANTIATE_TEST_SUITE_P(On, SetupStoreContract, every_adapter, adapter_name);

TEST_P(SetupStoreContract, WithoutATokenNobodyIsMadeAdministrator) {
  EXPECT_EQ(outcome(setup().check_open()), success);
  EXPECT_EQ(check(digest), setup_token_invalid);
  EXPECT_EQ(create_first(digest), setup_token_invalid);
}

TEST_P(SetupStoreContract, TheTokenMakesOneAdministratorAndEndsTheSetup) {
  ASSERT_EQ(replace(digest), success);
  ASSERT_EQ(check(digest), success);
  EXPECT_EQ(check(other), setup_token_invalid);
  EXPECT_EQ(create_first(other), setup_token_invalid);

  const auto boss = new_administrator("boss@example.org");
  ASSERT_EQ(outcome(setup().create_first_administrator({digest, boss})), success);

  const auto account = run(stores->directory().find(boss.id)).value();
  EXPECT_EQ(account.role, accounts::Role::admin);
  EXPECT_EQ(account.status, accounts::AccountStatus::active);
  EXPECT_EQ(outcome(setup().check_open()), setup_done);
  EXPECT_EQ(check(digest), setup_done);
  EXPECT_EQ(create_first(digest, "second@example.org"), setup_done);
  EXPECT_EQ(replace(other), setup_done);
  EXPECT_EQ(all_events(), (std::vector<std::string>{"setup_token_used", "administrator_created", "setup_token_made"}));
  EXPECT_EQ(events(boss.id), (std::vector<std::string>{"setup_token_used", "administrator_created"}));
}

TEST_P(SetupStoreContract, ATakenAddressLeavesTheTokenGood) {
  registered("ann@example.org");
  ASSERT_EQ(replace(digest), success);

  EXPECT_EQ(create_first(digest, "ann@example.org"), identifier_taken);

  EXPECT_EQ(create_first(digest, "boss@example.org"), success);
}

TEST_P(SetupStoreContract, ATokenIsGoodForItsTimeAndNoLonger) {
  ASSERT_EQ(replace(digest), success);

  clock.advance(hours(1) - microseconds(1));
  EXPECT_EQ(check(digest), success);

  clock.advance(microseconds(1));
  EXPECT_EQ(check(digest), setup_token_invalid);
  EXPECT_EQ(create_first(digest), setup_token_invalid);
}

TEST_P(SetupStoreContract, ANewTokenIsTheEndOfTheOneBefore) {
  ASSERT_EQ(replace(digest), success);

  ASSERT_EQ(replace(other), success);

  EXPECT_EQ(check(digest), setup_token_invalid);
  EXPECT_EQ(check(other), success);
}

TEST_P(SetupStoreContract, AStartLeavesWhatAnOperatorAskedForUntilItIsTooOld) {
  ASSERT_EQ(replace(digest, SetupTokenMaker::operator_command), success);

  EXPECT_EQ(replace(other, SetupTokenMaker::start), setup_token_kept);
  EXPECT_EQ(check(digest), success);
  EXPECT_EQ(replace(other, SetupTokenMaker::operator_command), success);
  EXPECT_EQ(check(digest), setup_token_invalid);

  clock.advance(hours(1));
  EXPECT_EQ(replace(digest, SetupTokenMaker::start), success);
}

TEST_P(SetupStoreContract, AnAdministratorMadeOtherwiseIsTheEndOfTheTokenToo) {
  ASSERT_EQ(replace(digest), success);

  ASSERT_EQ(outcome(accounts().create_administrator(new_administrator("boss@example.org"))), success);

  EXPECT_EQ(check(digest), setup_done);
  EXPECT_EQ(create_first(digest, "second@example.org"), setup_done);
}

/// Makes verifiers at once, or when a test lets it.
class HeldVerifiers final : public crypto::PasswordHasher {
 public:
  using Waiting = std::shared_ptr<core::Handover<crypto::PasswordVerifier>>;  ///< shared with the task that waits
  Task<Result<crypto::PasswordVerifier>> make_verifier(core::Secret password, crypto::HashRequester) override {
    ++made;
    auto verifier = sessions::HeldHasher::verifier_of(password.reveal());
    if (!is_held) co_return verifier;
    co_return co_await core::hand_over<crypto::PasswordVerifier>([&](Waiting waiting) -> std::optional<core::Error> {
      held.emplace_back(std::move(waiting), std::move(verifier));
      return std::nullopt;
    });
  }
  Task<Result<crypto::Match>> verify(core::Secret, std::optional<crypto::PasswordVerifier>, std::string,
                                     crypto::HashRequester) override {
    co_return crypto::Match::no;
  }
  void release() {
    is_held = false;
    for (auto& [waiting, verifier] : std::exchange(held, {})) {
      if (waiting->take()) waiting->complete(std::move(verifier));
    }
  }

  bool is_held = false;
  int made = 0;
  std::vector<std::pair<Waiting, crypto::PasswordVerifier>> held;
};

constexpr std::string_view good_password = "correct-Horse-7-battery";

/// The handlers over the store, with a hash that can be held.
class SetupHandlers : public SetupStoreContract {
 protected:
  core::Secret make_token() { return std::move(run(make(SetupTokenMaker::start, origin)).value().text); }
  accounts::CompleteSetup command(const core::Secret& token, std::string_view password = good_password,
                                  std::string_view email = "boss@example.org") {
    return {.token = token.duplicate(),
            .administrator = {.email = std::string(email),
                              .password = core::Secret(password),
                              .display_name = std::nullopt,
                              .origin = origin},
            .network = 1};
  }

  HeldVerifiers hasher;
  accounts::PasswordPolicy policy{{.product_name = "sallyport"}};
  accounts::MakeSetupTokenHandler make{setup(), mint.keyring(), clock, mint.random()};
  accounts::CompleteSetupHandler complete{setup(), hasher, policy, mint.keyring(), clock, mint.random()};
};
INSTANTIATE_TEST_SUITE_P(On, SetupHandlers, every_adapter, adapter_name);

TEST_P(SetupHandlers, ATokenIsOurPrefixAndThirtyTwoBytes) {
  const auto token = make_token();

  EXPECT_TRUE(token.reveal().starts_with("spu_"));
  EXPECT_EQ(token.size(), 4 + 43);
  const auto digest_of = [&](std::string_view text) { return accounts::SetupToken::digest_of(mint.keyring(), text); };
  ASSERT_TRUE(digest_of(token.reveal()));
  EXPECT_EQ(digest_of(" \n" + std::string(token.reveal()) + "\r\n"), digest_of(token.reveal()));
  for (const auto* text : {"", " ", "spu_", "sps_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_FALSE(digest_of(text)) << text;
  }
}

TEST_P(SetupHandlers, AWrongTokenCostsNoHashAndARefusedPasswordNoToken) {
  const auto token = make_token();

  EXPECT_EQ(outcome(complete(command(core::Secret("spu_no")))), setup_token_invalid);
  EXPECT_EQ(outcome(complete(command(core::Secret("spu_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")))),
            setup_token_invalid);
  EXPECT_EQ(hasher.made, 0);
  const auto refused = run(complete(command(token, "short", "no address")));
  ASSERT_EQ(outcome_of(refused), invalid_fields);
  EXPECT_EQ(refused.error().fields,
            (std::vector<core::FieldError>{
                {"email", "email_malformed"}, {"password", "too_short"}, {"password", "too_common"}}));

  EXPECT_EQ(outcome(complete(command(token))), success);
}

TEST_P(SetupHandlers, ATokenThatGrowsOldDuringTheHashIsRefused) {
  const auto token = make_token();
  hasher.is_held = true;
  core::TaskContext context(loop, core::Moment::max());
  std::optional<Outcome> ended;
  start(context, complete(command(token)), [&](const Result<core::AccountId>& made) { ended = outcome_of(made); });
  while (hasher.held.empty()) loop.wait_and_turn();

  clock.advance(accounts::SetupToken::lifetime);
  hasher.release();
  while (!ended) loop.wait_and_turn();

  EXPECT_EQ(ended, setup_token_invalid);
  EXPECT_EQ(outcome(setup().check_open()), success);
}

TEST_P(SetupHandlers, TwoAtOnceMakeOneAdministrator) {
  const auto token = make_token();
  hasher.is_held = true;
  core::TaskContext first(loop, core::Moment::max()), second(loop, core::Moment::max());
  std::vector<Outcome> ended;
  const auto note = [&](const Result<core::AccountId>& made) { ended.push_back(outcome_of(made)); };
  start(first, complete(command(token, good_password, "one@example.org")), note);
  start(second, complete(command(token, good_password, "two@example.org")), note);
  while (hasher.held.size() < 2) loop.wait_and_turn();

  hasher.release();
  while (ended.size() < 2) loop.wait_and_turn();

  EXPECT_EQ(std::ranges::count(ended, success), 1);
  EXPECT_EQ(std::ranges::count(ended, setup_done), 1);
  EXPECT_EQ(run(stores->directory().list({})).value().accounts.size(), 1);
}

}  // namespace
}  // namespace sallyport::contract
