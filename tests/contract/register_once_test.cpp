#include "accounts/register_once.h"

#include "idempotency/request_namer.h"
#include "verification_scene.h"

namespace sallyport::contract {
namespace {

using sessions::HeldHasher;

inline constexpr Outcome already_done{Fault::conflict, "already_done"};
inline constexpr Outcome idempotency_key_used{Fault::conflict, "idempotency_key_used"};
inline constexpr Outcome idempotency_key_reused{Fault::invalid, "idempotency_key_reused"};
inline constexpr Outcome invalid_credentials{Fault::unauthenticated, "invalid_credentials"};
inline constexpr Outcome locked{Fault::throttled, "locked"};

/// What a store knows of named requests.
class IdempotencyStoreContract : public StoreTest {
 protected:
  static idempotency::NamedRequest request(std::uint8_t key, std::uint8_t fingerprint = 1) {
    return {.key = {key}, .fingerprint = {fingerprint}};
  }
  accounts::NewAccount asked_by(std::string_view email, idempotency::NamedRequest named) {
    auto account = new_account(email);
    account.request = named;
    return account;
  }
  std::optional<idempotency::DoneRequest> find(std::uint8_t key) {
    return run(stores->done_requests().find({key}, now())).value();
  }
};
INSTANTIATE_TEST_SUITE_P(On, IdempotencyStoreContract, every_adapter, adapter_name);

TEST_P(IdempotencyStoreContract, ANamedRequestIsKnownWithWhatItDid) {
  const auto ann = asked_by("ann@example.org", request(7, 9));
  ASSERT_EQ(outcome(accounts().create_account(ann)), success);

  const auto done = find(7);

  ASSERT_TRUE(done);
  EXPECT_EQ(done->fingerprint, request(7, 9).fingerprint);
  EXPECT_EQ(done->account, ann.id);
  EXPECT_EQ(done->at, now());
  EXPECT_FALSE(find(8));
}

TEST_P(IdempotencyStoreContract, ASecondOneOfTheNameChangesNothing) {
  ASSERT_EQ(outcome(accounts().create_account(asked_by("ann@example.org", request(7)))), success);

  EXPECT_EQ(outcome(accounts().create_account(asked_by("ann@example.org", request(7)))), idempotency_key_used);
  EXPECT_EQ(outcome(accounts().create_account(asked_by("ben@example.org", request(7, 2)))), idempotency_key_used);

  EXPECT_EQ(outcome(accounts().create_account(new_account("ben@example.org"))), success);
}

TEST_P(IdempotencyStoreContract, ARequestThatFailedIsNotKnown) {
  registered("ann@example.org");

  EXPECT_EQ(outcome(accounts().create_account(asked_by("ann@example.org", request(7)))), identifier_taken);

  EXPECT_FALSE(find(7));
}

TEST_P(IdempotencyStoreContract, AfterADayTheNameIsFreeAgain) {
  ASSERT_EQ(outcome(accounts().create_account(asked_by("ann@example.org", request(7)))), success);
  clock.advance(idempotency::known_for - microseconds{1});
  EXPECT_TRUE(find(7));
  EXPECT_EQ(outcome(accounts().create_account(asked_by("ben@example.org", request(7)))), idempotency_key_used);

  clock.advance(microseconds{1});
  EXPECT_FALSE(find(7));
  const auto ben = asked_by("ben@example.org", request(7, 2));
  EXPECT_EQ(outcome(accounts().create_account(ben)), success);
  EXPECT_EQ(find(7)->account, ben.id);
}

TEST_P(IdempotencyStoreContract, OldNamesAreRemovedInSmallBatches) {
  const std::string_view emails[] = {"a@example.org", "b@example.org", "c@example.org"};
  for (std::uint8_t i = 0; i < 3; ++i) run(accounts().create_account(asked_by(emails[i], request(i)))).value();
  clock.advance(idempotency::known_for);
  run(accounts().create_account(asked_by("d@example.org", request(9)))).value();

  EXPECT_EQ(run(stores->done_requests().remove_old(now(), 2)).value(), 2);
  EXPECT_EQ(run(stores->done_requests().remove_old(now(), 2)).value(), 1);
  EXPECT_EQ(run(stores->done_requests().remove_old(now(), 2)).value(), 0);
  EXPECT_TRUE(find(9));
}

/// Somebody who registers, perhaps twice.
class RegisterOnce : public VerificationScene {
 protected:
  accounts::RegisterAccount asking(std::string_view password = "correct horse", std::string_view key = "k1",
                                   std::string_view name = "Ann", std::string_view email = "ann@example.org") {
    const idempotency::RequestNamer::Piece pieces[] = {email, name};
    return {.email = accounts::Email::parse(email).value(),
            .password = accounts::Password::parse(password).value(),
            .display_name = accounts::DisplayName::parse(name).value(),
            .locale = std::nullopt,
            .time_zone = std::nullopt,
            .device = {},
            .client = {.origin = origin, .network = 1},
            .request = name_request("register", idempotency::IdempotencyKey::parse(key).value(), pieces)};
  }
  Outcome try_to(accounts::RegisterAccount command) { return outcome(register_once(std::move(command))); }

  HeldHasher hasher;
  sessions::SessionCache cache{sessions(), clock};
  sessions::SignInHandler sign_in{accounts(), sessions(), attempts(), hasher, cache, *mint, clock};
  accounts::RegistrationRules rules;
  accounts::RegisterAccountHandler register_account{
      accounts(),
      stores->directory(),
      hasher,
      *mint,
      clock,
      rules,
      {.desk = mail_desk, .flows = desk, .valid_for = hours{24}, .is_welcoming = false}};
  accounts::RegisterOnceHandler register_once{register_account, sign_in, accounts(), stores->done_requests(), clock};
  const idempotency::RequestNamer name_request{mint.keyring()};
};
INSTANTIATE_TEST_SUITE_P(On, RegisterOnce, every_adapter, adapter_name);

TEST_P(RegisterOnce, ASecondTryGetsASessionOfTheSameAccount) {
  const auto first = std::move(run(register_once(asking())).value().signed_in).value();
  clock.advance(idempotency::answered_again_for - microseconds{1});

  const auto second = std::move(run(register_once(asking())).value().signed_in).value();

  EXPECT_EQ(second.view.account.id, first.view.account.id);
  EXPECT_NE(second.view.session.id, first.view.session.id);
  EXPECT_NE(second.refresh_token.reveal(), first.refresh_token.reveal());
  EXPECT_EQ(outcome(sessions().find(first.view.session.id, now())), success) << "its answer may have arrived";
  EXPECT_EQ(outcome(sessions().find(second.view.session.id, now())), success);
}

TEST_P(RegisterOnce, AfterTenMinutesItHearsThatItWasDone) {
  ASSERT_EQ(try_to(asking()), success);
  clock.advance(idempotency::answered_again_for);

  EXPECT_EQ(try_to(asking()), already_done);

  clock.advance(idempotency::known_for - idempotency::answered_again_for);
  EXPECT_EQ(try_to(asking()), identifier_taken) << "the key is forgotten, the account is not";
}

TEST_P(RegisterOnce, TheKeyOfAnotherRequestIsRefused) {
  ASSERT_EQ(try_to(asking()), success);

  EXPECT_EQ(try_to(asking("correct horse", "k1", "Anna")), idempotency_key_reused);
  EXPECT_EQ(try_to(asking("correct horse", "k1", "Ann", "ben@example.org")), idempotency_key_reused);
  clock.advance(hours{1});
  EXPECT_EQ(try_to(asking("correct horse", "k1", "Anna")), idempotency_key_reused);

  EXPECT_EQ(try_to(asking("correct horse", "k2", "Ben", "ben@example.org")), success);
}

TEST_P(RegisterOnce, ASecondTryProvesThePasswordAndGuessesAreLimited) {
  ASSERT_EQ(try_to(asking()), success);

  for (const auto* guess : {"guess one", "guess two", "guess three", "guess four", "guess five"})
    EXPECT_EQ(try_to(asking(guess)), invalid_credentials);
  EXPECT_EQ(try_to(asking("guess six")), locked);
}

TEST_P(RegisterOnce, ATryThatFailedMayBeRepeated) {
  registered("ann@example.org");

  EXPECT_EQ(try_to(asking()), identifier_taken);
  EXPECT_EQ(try_to(asking()), identifier_taken);
  EXPECT_EQ(try_to(asking("correct horse", "k1", "Ben", "ben@example.org")), success);
}

TEST_P(RegisterOnce, TwoTriesAtOnceMakeOneAccountAndBothAreAnswered) {
  std::vector<core::Result<accounts::Registered>> answers;
  core::TaskContext first(loop, core::Moment::max()), second(loop, core::Moment::max());
  for (auto* context : {&first, &second})
    core::start(*context, register_once(asking()), [&](auto answer) { answers.push_back(std::move(answer)); });

  while (answers.size() < 2) loop.wait_and_turn();

  ASSERT_TRUE(answers[0] && answers[1]);
  EXPECT_EQ(answers[0]->signed_in->view.account.id, answers[1]->signed_in->view.account.id);
  EXPECT_NE(answers[0]->signed_in->view.session.id, answers[1]->signed_in->view.session.id);
}

TEST_P(RegisterOnce, WhereTheAddressMustBeProvenASecondTryTellsNothingOfAccounts) {
  rules.verification = accounts::VerificationMode::required;
  registered("bob@example.org");

  EXPECT_EQ(try_to(asking()), success);
  EXPECT_EQ(try_to(asking("correct horse", "k2", "Bob", "bob@example.org")), success);

  EXPECT_EQ(try_to(asking()), already_done);
  EXPECT_EQ(try_to(asking("correct horse", "k2", "Bob", "bob@example.org")), already_done);
}

TEST_P(RegisterOnce, AnAccountThatWasReplacedMeanwhileIsNotSignedInTo) {
  const auto first = std::move(run(register_once(asking())).value().signed_in).value();
  ASSERT_EQ(set_status(first.view.account.id, accounts::AccountStatus::deleted), success);
  EXPECT_EQ(try_to(asking()), already_done);

  ASSERT_EQ(try_to(asking("correct horse", "k2")), success) << "the address is free again";
  EXPECT_EQ(try_to(asking()), already_done);
}

}  // namespace
}  // namespace sallyport::contract
