#include <map>

#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;

class AccountStoreContract : public StoreTest {
 protected:
  Result<accounts::SignInRecord> sign_in_record(std::string_view email) {
    return run(accounts().find_sign_in(accounts::EmailKey::fold(email).value()));
  }
  accounts::ProfileChange change_of(core::AccountId account) {
    return {.account = account, .now = now(), .origin = origin};
  }
  accounts::NewAdministrator new_administrator(std::string_view email) {
    return {.id = core::AccountId::fresh(now(), mint.random()),
            .email = accounts::Email::parse(email).value(),
            .display_name = std::nullopt,
            .verifier = verifier,
            .created_at = now(),
            .origin = origin};
  }
  core::AccountId administrator(std::string_view email) {
    auto fresh = new_administrator(email);
    run(accounts().create_administrator(fresh)).value();
    return fresh.id;
  }
};
INSTANTIATE_TEST_SUITE_P(On, AccountStoreContract, every_adapter, adapter_name);

TEST_P(AccountStoreContract, ACreatedAccountCanSignInAndHasItsFirstSession) {
  auto account = new_account("Ann@Example.ORG");
  account.display_name = accounts::DisplayName::parse("Ann").value();
  account.locale = accounts::Locale::parse("de-AT").value();
  account.role = accounts::Role::guest;

  ASSERT_EQ(outcome(accounts().create_account(account)), success);

  const auto record = sign_in_record("ann@example.org").value();
  EXPECT_EQ(record.id, account.id);
  EXPECT_EQ(record.status, AccountStatus::active);
  EXPECT_EQ(record.credential_version, 1);
  EXPECT_EQ(record.verifier, verifier);
  const auto view = run(sessions().find(account.session->id, now())).value();
  EXPECT_EQ(view.session.account, account.id);
  EXPECT_EQ(view.account.email, "Ann@Example.ORG");
  EXPECT_FALSE(view.account.is_email_verified);
  EXPECT_EQ(view.account.display_name, "Ann");
  EXPECT_EQ(view.account.locale, "de-AT");
  EXPECT_EQ(view.account.time_zone, std::nullopt);
  EXPECT_EQ(view.account.role, accounts::Role::guest);
  EXPECT_TRUE(view.account.has_password);
  EXPECT_EQ(view.account.created_at, now());
  EXPECT_EQ(events(account.id), std::vector<std::string>{"account_registered"});
}

TEST_P(AccountStoreContract, AnAddressBelongsToOneAccountHoweverItIsSpelt) {
  const auto first = registered("ann@example.org");
  auto second = new_account("ANN@Example.Org");
  second.verifier = "another";

  EXPECT_EQ(outcome(accounts().create_account(second)), identifier_taken);

  EXPECT_EQ(sign_in_record("ann@example.org")->id, first.id);
  EXPECT_EQ(sign_in_record("ann@example.org")->verifier, verifier);
  EXPECT_EQ(outcome(sessions().find(second.session->id, now())), session_expired);
  EXPECT_EQ(events(second.id), std::vector<std::string>{});
}

TEST_P(AccountStoreContract, ASuspendedAccountKeepsItsAddress) {
  const auto account = registered();
  ASSERT_EQ(set_status(account.id, AccountStatus::suspended), success);

  EXPECT_EQ(outcome(accounts().create_account(new_account("ann@example.org"))), identifier_taken);
}

TEST_P(AccountStoreContract, TheAddressOfADeletedAccountIsFree) {
  const auto former = registered();
  ASSERT_EQ(set_status(former.id, AccountStatus::deleted), success);

  const auto next = registered();

  EXPECT_EQ(sign_in_record("ann@example.org")->id, next.id);
  EXPECT_EQ(outcome(sessions().find(former.session->id, now())), session_expired);
}

TEST_P(AccountStoreContract, APendingAccountHasNoSessionYet) {
  auto account = new_account("ann@example.org");
  account.status = AccountStatus::pending;

  ASSERT_EQ(outcome(accounts().create_account(account)), success);

  EXPECT_EQ(sign_in_record("ann@example.org")->status, AccountStatus::pending);
  EXPECT_EQ(outcome(sessions().find(account.session->id, now())), session_expired);
}

TEST_P(AccountStoreContract, FindsNobodyUnderAnUnknownOrDeletedAddress) {
  EXPECT_EQ(outcome_of(sign_in_record("nobody@example.org")), account_not_found);
  const auto account = registered();
  ASSERT_EQ(set_status(account.id, AccountStatus::deleted), success);

  EXPECT_EQ(outcome_of(sign_in_record("ann@example.org")), account_not_found);
}

TEST_P(AccountStoreContract, ReplacesAVerifierOnlyWhileThePreviousOneIsStored) {
  const auto account = registered();
  const auto replace = [&](std::string previous, std::string next) {
    return outcome(accounts().replace_verifier(
        {.account = account.id, .previous = std::move(previous), .next = std::move(next), .now = now()}));
  };

  EXPECT_EQ(replace("another", "lost"), verifier_changed);
  EXPECT_EQ(replace(verifier, "second"), success);
  EXPECT_EQ(replace(verifier, "late"), verifier_changed);

  EXPECT_EQ(sign_in_record("ann@example.org")->verifier, "second");
  EXPECT_EQ(sign_in_record("ann@example.org")->credential_version, 1);
  EXPECT_EQ(outcome(sessions().find(account.session->id, now())), success) << "the same password: no session ends";
}

TEST_P(AccountStoreContract, ReplacesNoVerifierOfAnUnknownAccount) {
  const auto unknown = core::AccountId::fresh(now(), mint.random());

  EXPECT_EQ(outcome(accounts().replace_verifier({.account = unknown, .previous = "a", .next = "b", .now = now()})),
            verifier_changed);
}

TEST_P(AccountStoreContract, AProfileChangeSetsClearsAndLeavesAlone) {
  auto account = new_account("ann@example.org");
  account.display_name = accounts::DisplayName::parse("Ann").value();
  account.locale = accounts::Locale::parse("de").value();
  run(accounts().create_account(account)).value();
  clock.advance(minutes{1});
  auto change = change_of(account.id);
  change.locale = std::optional<accounts::Locale>{};
  change.time_zone = accounts::TimeZone::parse("UTC").value();

  const auto changed = run(accounts().update_profile(change)).value();

  EXPECT_EQ(changed.display_name, "Ann");
  EXPECT_EQ(changed.locale, std::nullopt);
  EXPECT_EQ(changed.time_zone, "UTC");
  EXPECT_EQ(changed.created_at, account.created_at);
  EXPECT_EQ(changed.updated_at, now());
  const auto stored = run(sessions().find(account.session->id, now())).value().account;
  EXPECT_EQ(stored.display_name, "Ann");
  EXPECT_EQ(stored.locale, std::nullopt);
  EXPECT_EQ(stored.time_zone, "UTC");
  EXPECT_EQ(stored.updated_at, now());
  EXPECT_TRUE(is_invalidated(account.id.uuid())) << "it is part of cached sessions";
  EXPECT_EQ(events(account.id).front(), "profile_changed");
}

TEST_P(AccountStoreContract, ChangesNoProfileOfAnUnknownOrDeletedAccount) {
  const auto account = registered();
  ASSERT_EQ(set_status(account.id, AccountStatus::deleted), success);

  EXPECT_EQ(outcome(accounts().update_profile(change_of(account.id))), account_not_found);
  EXPECT_EQ(outcome(accounts().update_profile(change_of(core::AccountId::fresh(now(), mint.random())))),
            account_not_found);
  EXPECT_EQ(events(account.id).front(), "account_status_changed");
}

TEST_P(AccountStoreContract, EveryChangeOfStatusEndsAllSessionsWithAnInvalidation) {
  for (const auto status : {AccountStatus::suspended, AccountStatus::active, AccountStatus::deleted}) {
    SCOPED_TRACE(accounts::to_text(status));
    const auto account = registered(std::string(accounts::to_text(status)) + "@example.org");
    const auto phone = opened(account.id);
    const auto other = registered("not." + std::string(accounts::to_text(status)) + "@example.org");

    ASSERT_EQ(set_status(account.id, status), success);

    EXPECT_EQ(outcome(sessions().find(account.session->id, now())), session_expired);
    EXPECT_EQ(find(phone), session_expired);
    EXPECT_EQ(outcome(sessions().find_by_token(phone.session.token_digest, now())), session_expired);
    EXPECT_EQ(outcome(sessions().find(other.session->id, now())), success);
    EXPECT_TRUE(is_invalidated(account.id.uuid()));
    EXPECT_FALSE(is_invalidated(other.id.uuid()));
    EXPECT_EQ(events(account.id).front(), "account_status_changed");
  }
}

TEST_P(AccountStoreContract, WhatEndedWithASuspensionStaysEndedWhenItIsLifted) {
  const auto account = registered();
  ASSERT_EQ(set_status(account.id, AccountStatus::suspended), success);
  EXPECT_EQ(sign_in_record("ann@example.org")->status, AccountStatus::suspended);

  ASSERT_EQ(set_status(account.id, AccountStatus::active), success);

  EXPECT_EQ(sign_in_record("ann@example.org")->status, AccountStatus::active);
  EXPECT_EQ(outcome(sessions().find(account.session->id, now())), session_expired);
  EXPECT_EQ(find(opened(account.id)), success);
}

TEST_P(AccountStoreContract, AChangeOfStatusGivesTheAccountAsItIsThen) {
  auto fresh = new_account("ann@example.org");
  fresh.display_name = accounts::DisplayName::parse("Ann").value();
  run(accounts().create_account(fresh)).value();

  for (const auto status : {AccountStatus::suspended, AccountStatus::active, AccountStatus::deleted}) {
    clock.advance(seconds(1));
    const auto account = run(accounts().set_status(fresh.id, status, now(), origin)).value();
    EXPECT_EQ(account.id, fresh.id);
    EXPECT_EQ(account.status, status);
    EXPECT_EQ(account.display_name, "Ann");
    EXPECT_EQ(account.created_at, fresh.created_at);
    EXPECT_EQ(account.updated_at, now());
  }
}

TEST_P(AccountStoreContract, ADeletedAccountHasNoStatusToChange) {
  const auto account = registered();
  ASSERT_EQ(set_status(account.id, AccountStatus::deleted), success);

  EXPECT_EQ(set_status(account.id, AccountStatus::active), account_not_found);
  EXPECT_EQ(set_status(core::AccountId::fresh(now(), mint.random()), AccountStatus::active), account_not_found);
}

TEST_P(AccountStoreContract, AnAdministratorSignsInWithTheirPasswordAndHasNoSessionYet) {
  const auto boss = administrator("Boss@example.org");

  const auto record = sign_in_record("boss@example.org").value();
  EXPECT_EQ(record.id, boss);
  EXPECT_EQ(record.status, AccountStatus::active);
  EXPECT_EQ(record.verifier, verifier);
  EXPECT_EQ(run(stores->directory().find(boss)).value().role, accounts::Role::admin);
  EXPECT_EQ(run(stores->directory().sessions_of(boss, now())).value().size(), 0U);
  EXPECT_EQ(events(boss), std::vector<std::string>{"administrator_created"});
  EXPECT_EQ(find(opened(boss)), success);
}

TEST_P(AccountStoreContract, AnAdministratorGetsNobodyElsesAddress) {
  registered("ann@example.org");

  EXPECT_EQ(outcome(accounts().create_administrator(new_administrator("ANN@example.org"))), identifier_taken);
}

TEST_P(AccountStoreContract, TheLastActiveAdministratorStaysActive) {
  const auto first = administrator("first@example.org"), second = administrator("second@example.org");
  const auto session = opened(second);
  ASSERT_EQ(set_status(first, AccountStatus::suspended), success);

  EXPECT_EQ(set_status(second, AccountStatus::suspended), last_administrator);
  EXPECT_EQ(set_status(second, AccountStatus::deleted), last_administrator);

  EXPECT_EQ(find(session), success) << "nothing has happened to them";
  EXPECT_EQ(events(second).front(), "signed_in");
  EXPECT_EQ(set_status(first, AccountStatus::deleted), success) << "they were suspended already";
  EXPECT_EQ(set_status(second, AccountStatus::active), success);
}

TEST_P(AccountStoreContract, WhereThereIsNoAdministratorOthersComeAndGo) {
  const auto account = registered();

  EXPECT_EQ(set_status(account.id, AccountStatus::suspended), success);
  EXPECT_EQ(set_status(account.id, AccountStatus::deleted), success);
}

TEST_P(AccountStoreContract, EndsEverySessionOfOneAccount) {
  const auto ann = registered("ann@example.org"), bob = registered("bob@example.org");
  const auto phone = opened(ann.id);

  EXPECT_EQ(run(accounts().end_sessions(ann.id, now(), origin)).value(), 2);

  EXPECT_EQ(find(phone), session_expired);
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), session_expired);
  EXPECT_EQ(outcome(sessions().find(bob.session->id, now())), success);
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_FALSE(is_invalidated(bob.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "all_sessions_ended");
  EXPECT_EQ(sign_in_record("ann@example.org")->status, AccountStatus::active);
  EXPECT_EQ(run(accounts().end_sessions(ann.id, now(), origin)).value(), 0);
}

TEST_P(AccountStoreContract, EndsNoSessionsOfAnUnknownOrDeletedAccount) {
  const auto account = registered();
  ASSERT_EQ(set_status(account.id, AccountStatus::deleted), success);

  EXPECT_EQ(outcome(accounts().end_sessions(account.id, now(), origin)), account_not_found);
  EXPECT_EQ(outcome(accounts().end_sessions(core::AccountId::fresh(now(), mint.random()), now(), origin)),
            account_not_found);
}

TEST_P(AccountStoreContract, AnInterruptedTaskWritesNothing) {
  core::TaskContext context(loop, core::Moment::max());
  context.interrupt(Fault::cancelled);

  EXPECT_EQ(outcome_of(loop.run(context, accounts().create_account(new_account("ann@example.org")))), cancelled);

  EXPECT_EQ(outcome_of(sign_in_record("ann@example.org")), account_not_found);
}

TEST_P(AccountStoreContract, AnOperationThatFailsDoesNotDisturbThoseBesideIt) {
  registered("taken@example.org");
  core::TaskContext context(loop, core::Moment::max());
  std::map<int, Outcome> outcomes;
  for (int i = 0; i < 40; ++i) {
    const auto email = i % 4 == 3 ? "taken@example.org" : "p" + std::to_string(i) + "@example.org";
    start(context, accounts().create_account(new_account(email)),
          [&outcomes, i](const Result<void>& result) { outcomes.emplace(i, outcome_of(result)); });
  }

  while (outcomes.size() < 40) loop.wait_and_turn();

  for (int i = 0; i < 40; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(outcomes.at(i), i % 4 == 3 ? identifier_taken : success);
    const auto found = outcome_of(sign_in_record("p" + std::to_string(i) + "@example.org"));
    EXPECT_EQ(found, i % 4 == 3 ? account_not_found : success);
  }
}

}  // namespace
}  // namespace sallyport::contract
