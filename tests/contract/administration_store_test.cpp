#include "accounts/administration_store.h"

#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::Account;
using accounts::AccountStatus;
using accounts::Mandate;
using accounts::Role;
using accounts::UserChange;

inline constexpr Outcome forbidden{Fault::forbidden, "forbidden"};
inline constexpr Outcome password_missing{Fault::conflict, "password_missing"};
inline constexpr Outcome not_deleted{Fault::conflict, "not_deleted"};

/// Two administrators with sessions of theirs, one operator, and people.
class AdministrationContract : public StoreTest {
 protected:
  struct Administrator {
    core::AccountId id;
    Device device;
  };
  Administrator administrator(std::string_view email) {
    const auto id = core::AccountId::fresh(now(), mint.random());
    run(accounts().create_administrator({.id = id,
                                         .email = accounts::Email::parse(email).value(),
                                         .verifier = verifier,
                                         .created_at = now(),
                                         .origin = origin}))
        .value();
    return {id, opened(id)};
  }
  Mandate by(const Administrator& administrator) const {
    return {.session = administrator.device.session.id, .now = now(), .origin = origin};
  }
  Mandate by_operator() const { return {.session = std::nullopt, .now = now(), .origin = origin}; }
  accounts::NewUser new_user(std::string_view email, Mandate mandate) {
    return {.id = core::AccountId::fresh(now(), mint.random()),
            .email = accounts::Email::parse(email).value(),
            .mandate = std::move(mandate)};
  }
  Outcome update(UserChange change) { return outcome(administration().update_user(std::move(change))); }
  accounts::AdministrationStore& administration() { return stores->administration(); }
  Account account(core::AccountId id) {
    using enum AccountStatus;
    return run(stores->directory().list({.statuses = {pending, active, suspended, deleted}, .ids = {id}}))
        .value()
        .accounts.at(0);
  }
  audit::StoredEntry newest_event(core::AccountId id) { return run(stores->audit_log().recent(id, 1)).value().at(0); }
  /// Every write that a mandate can ask for, about this account.
  std::vector<Outcome> every_write(core::AccountId id, const Mandate& mandate) {
    return {outcome(administration().create_user(new_user("new@example.org", mandate))),
            update({.account = id, .role = Role::guest, .mandate = mandate}),
            outcome(administration().set_password({.account = id, .verifier = "other", .mandate = mandate})),
            outcome(administration().end_sessions(id, mandate)),
            outcome(administration().remove_user(id, mandate)),
            outcome(administration().restore_user(id, mandate))};
  }

  const Administrator boss = administrator("boss@example.org");
};
INSTANTIATE_TEST_SUITE_P(On, AdministrationContract, every_adapter, adapter_name);

TEST_P(AdministrationContract, GivesAnAccountAPhoneNumberAndTakesItAway) {
  const auto ann = run(administration().create_user(new_user("ann@example.org", by(boss)))).value();
  const auto phone = accounts::Phone::parse("+41443640000").value();

  const auto with = run(administration().update_user({.account = ann.id, .phone = phone, .mandate = by(boss)})).value();
  const auto stored = account(ann.id);
  const auto without = run(administration().update_user(
                               {.account = ann.id, .phone = std::optional<accounts::Phone>{}, .mandate = by(boss)}))
                           .value();

  EXPECT_EQ(with.phone, phone.str());
  EXPECT_EQ(stored.phone, phone.str());
  EXPECT_FALSE(stored.is_phone_verified);
  EXPECT_EQ(without.phone, std::nullopt);
  EXPECT_EQ(account(ann.id).phone, std::nullopt);
}

TEST_P(AdministrationContract, CreatesAnActiveAccountWithAPasswordAndAPendingOneWithout) {
  auto with = new_user("ann@example.org", by(boss));
  with.verifier = verifier;
  with.display_name = accounts::DisplayName::parse("Ann").value();
  with.role = Role::guest;
  with.phone = accounts::Phone::parse("+41443640000").value();

  const auto ann = run(administration().create_user(with)).value();
  const auto bob = run(administration().create_user(new_user("bob@example.org", by(boss)))).value();

  EXPECT_EQ(ann.status, AccountStatus::active);
  EXPECT_EQ(ann.display_name, "Ann");
  EXPECT_EQ(ann.role, Role::guest);
  EXPECT_EQ(ann.phone, "+41443640000");
  EXPECT_FALSE(ann.is_phone_verified);
  EXPECT_TRUE(ann.has_password);
  EXPECT_EQ(bob.status, AccountStatus::pending);
  EXPECT_FALSE(bob.has_password);
  EXPECT_EQ(run(accounts().find_sign_in(ann.id)).value().verifier, verifier);
  EXPECT_EQ(outcome(accounts().find_sign_in(bob.id)), account_not_found);
  EXPECT_EQ(outcome(accounts().find_sign_in(accounts::EmailKey::fold("bob@example.org").value())), account_not_found);
  EXPECT_EQ(events(bob.id), std::vector<std::string>{"account_created"});
}

TEST_P(AdministrationContract, CreatesNothingForAnAddressThatIsTaken) {
  registered("ann@example.org");

  EXPECT_EQ(outcome(administration().create_user(new_user("ANN@example.org", by(boss)))), identifier_taken);
}

TEST_P(AdministrationContract, TheAuditRowNamesTheAdministratorAndTheSession) {
  const auto ann = registered();

  ASSERT_EQ(update({.account = ann.id, .role = Role::guest, .mandate = by(boss)}), success);
  const auto row = newest_event(ann.id);
  EXPECT_EQ(row.event, "role_changed");
  EXPECT_EQ(row.actor, boss.id);
  EXPECT_EQ(row.session, boss.device.session.id);

  ASSERT_EQ(update({.account = ann.id, .role = Role::user, .mandate = by_operator()}), success);
  EXPECT_EQ(newest_event(ann.id).actor, std::nullopt);
  EXPECT_EQ(newest_event(ann.id).session, std::nullopt);
}

TEST_P(AdministrationContract, ChangesOnlyWhatIsGivenAndClearsWhatIsNothing) {
  const auto ann = registered();
  const auto name = accounts::DisplayName::parse("Ann").value();
  const auto locale = accounts::Locale::parse("de-CH").value();
  ASSERT_EQ(update({.account = ann.id, .display_name = name, .locale = locale, .mandate = by(boss)}), success);

  const auto changed = run(administration().update_user(
                               {.account = ann.id, .locale = std::optional<accounts::Locale>(), .mandate = by(boss)}))
                           .value();

  EXPECT_EQ(changed.display_name, "Ann");
  EXPECT_EQ(changed.locale, std::nullopt);
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), success) << "nobody is signed out by that";
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id), (std::vector<std::string>{"profile_changed", "profile_changed", "account_registered"}));
}

TEST_P(AdministrationContract, AChangeThatChangesNothingWritesNothing) {
  const auto ann = registered();

  EXPECT_EQ(update({.account = ann.id, .role = Role::user, .status = AccountStatus::active, .mandate = by(boss)}),
            success);

  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), success);
  EXPECT_FALSE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id), std::vector<std::string>{"account_registered"});
}

TEST_P(AdministrationContract, AnotherRoleOrStatusEndsEverySession) {
  const auto ann = registered("ann@example.org"), bob = registered("bob@example.org");

  EXPECT_EQ(update({.account = ann.id, .role = Role::guest, .mandate = by(boss)}), success);
  EXPECT_EQ(update({.account = bob.id, .status = AccountStatus::suspended, .mandate = by(boss)}), success);

  for (const auto& account : {ann, bob}) {
    EXPECT_EQ(outcome(sessions().find(account.session->id, now())), session_expired);
    EXPECT_TRUE(is_invalidated(account.id.uuid()));
  }
  EXPECT_EQ(events(ann.id).front(), "role_changed");
  EXPECT_EQ(events(bob.id).front(), "account_status_changed");
}

TEST_P(AdministrationContract, ANewAddressSignsInAndTheOldOneIsFree) {
  const auto ann = registered("ann@example.org");

  const auto changed =
      run(administration().update_user(
              {.account = ann.id, .email = accounts::Email::parse("Anna@example.org").value(), .mandate = by(boss)}))
          .value();

  EXPECT_EQ(changed.email, "Anna@example.org");
  EXPECT_FALSE(changed.is_email_verified);
  EXPECT_EQ(run(accounts().find_sign_in(accounts::EmailKey::fold("anna@example.org").value())).value().id, ann.id);
  EXPECT_EQ(outcome(accounts().create_account(new_account("ann@example.org"))), success);
  EXPECT_EQ(
      update({.account = ann.id, .email = accounts::Email::parse("ANN@example.org").value(), .mandate = by(boss)}),
      identifier_taken);
  EXPECT_EQ(events(ann.id).front(), "address_changed");
}

TEST_P(AdministrationContract, AnAccountWithoutAPasswordIsNotMadeActive) {
  const auto bob = run(administration().create_user(new_user("bob@example.org", by(boss)))).value();

  EXPECT_EQ(update({.account = bob.id, .status = AccountStatus::active, .mandate = by(boss)}), password_missing);
  EXPECT_EQ(update({.account = bob.id, .status = AccountStatus::suspended, .mandate = by(boss)}), success);
  EXPECT_EQ(update({.account = bob.id, .status = AccountStatus::active, .mandate = by(boss)}), password_missing);
}

TEST_P(AdministrationContract, APasswordThatIsSetEndsEverySessionAndActivatesWhoWasPending) {
  const auto ann = registered("ann@example.org");
  const auto bob = run(administration().create_user(new_user("bob@example.org", by(boss)))).value();

  ASSERT_EQ(outcome(administration().set_password({.account = ann.id, .verifier = "next", .mandate = by(boss)})),
            success);
  const auto activated =
      run(administration().set_password({.account = bob.id, .verifier = "first", .mandate = by(boss)})).value();

  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), session_expired);
  EXPECT_EQ(outcome(sessions().open(opening_of(new_device(ann.id, "late")))), credentials_changed)
      << "signed in with the password before";
  EXPECT_EQ(run(accounts().find_sign_in(ann.id)).value().verifier, "next");
  EXPECT_EQ(events(ann.id).front(), "password_set");
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(activated.status, AccountStatus::active);
  EXPECT_TRUE(activated.has_password);
  EXPECT_EQ(run(accounts().find_sign_in(bob.id)).value().verifier, "first");
}

TEST_P(AdministrationContract, APasswordThatIsSetLeavesTheSuspendedSuspended) {
  const auto ann = registered();
  ASSERT_EQ(set_status(ann.id, AccountStatus::suspended), success);

  EXPECT_EQ(
      run(administration().set_password({.account = ann.id, .verifier = "next", .mandate = by(boss)})).value().status,
      AccountStatus::suspended);
}

TEST_P(AdministrationContract, WhatIsDeletedSignsNobodyInAndIsRestoredWithEverythingButSessions) {
  const auto ann = registered();

  EXPECT_EQ(run(administration().remove_user(ann.id, by(boss))).value().status, AccountStatus::deleted);
  EXPECT_EQ(outcome(accounts().find_sign_in(ann.email.key())), account_not_found);
  EXPECT_EQ(outcome(administration().remove_user(ann.id, by(boss))), account_not_found);
  EXPECT_EQ(update({.account = ann.id, .role = Role::guest, .mandate = by(boss)}), account_not_found);
  EXPECT_EQ(account(ann.id).status, AccountStatus::deleted);

  EXPECT_EQ(run(administration().restore_user(ann.id, by(boss))).value().status, AccountStatus::active);
  EXPECT_EQ(run(accounts().find_sign_in(ann.email.key())).value().verifier, verifier);
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), session_expired);
  EXPECT_EQ(outcome(administration().restore_user(ann.id, by(boss))), not_deleted);
  EXPECT_EQ(events(ann.id),
            (std::vector<std::string>{"account_restored", "account_status_changed", "account_registered"}));
}

TEST_P(AdministrationContract, WhoNeverHadAPasswordIsRestoredAsPending) {
  const auto bob = run(administration().create_user(new_user("bob@example.org", by(boss)))).value();
  run(administration().remove_user(bob.id, by(boss))).value();

  EXPECT_EQ(run(administration().restore_user(bob.id, by(boss))).value().status, AccountStatus::pending);
}

TEST_P(AdministrationContract, NobodyIsRestoredWhoseAddressIsTakenAgain) {
  const auto former = registered();
  run(administration().remove_user(former.id, by(boss))).value();
  registered();

  EXPECT_EQ(outcome(administration().restore_user(former.id, by(boss))), identifier_taken);
  EXPECT_EQ(account(former.id).status, AccountStatus::deleted);
  EXPECT_EQ(outcome(administration().restore_user(core::AccountId::fresh(now(), mint.random()), by(boss))),
            account_not_found);
}

TEST_P(AdministrationContract, EndsEverySessionAndSaysHowManyThereWere) {
  const auto ann = registered();
  const auto phone = opened(ann.id, "phone");

  EXPECT_EQ(run(administration().end_sessions(ann.id, by(boss))).value(), 2);

  EXPECT_EQ(find(phone), session_expired);
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(newest_event(ann.id).event, "all_sessions_ended");
  EXPECT_EQ(newest_event(ann.id).actor, boss.id);
}

TEST_P(AdministrationContract, TheLastActiveAdministratorStays) {
  EXPECT_EQ(update({.account = boss.id, .role = Role::user, .mandate = by(boss)}), last_administrator);
  EXPECT_EQ(update({.account = boss.id, .status = AccountStatus::suspended, .mandate = by(boss)}), last_administrator);
  EXPECT_EQ(outcome(administration().remove_user(boss.id, by(boss))), last_administrator);

  const auto second = administrator("second@example.org");
  ASSERT_EQ(update({.account = second.id, .status = AccountStatus::suspended, .mandate = by(boss)}), success);
  EXPECT_EQ(update({.account = boss.id, .role = Role::user, .mandate = by(boss)}), last_administrator)
      << "a suspended one does not count";
  EXPECT_EQ(find(boss.device), success) << "what was refused has changed nothing";
}

TEST_P(AdministrationContract, OfTwoDemotionsAtOnceOneIsRefused) {
  for (const bool is_mutual : {true, false}) {
    const auto tag = std::string(is_mutual ? "m" : "o");
    const auto second = administrator(tag + "@example.org");
    std::vector<Outcome> outcomes;
    core::TaskContext first_context(loop, core::Moment::max()), second_context(loop, core::Moment::max());
    const auto demote = [&](core::TaskContext& context, core::AccountId whom, Mandate mandate) {
      core::start(context,
                  administration().update_user({.account = whom, .role = Role::user, .mandate = std::move(mandate)}),
                  [&](const Result<Account>& done) { outcomes.push_back(outcome_of(done)); });
    };
    demote(first_context, second.id, is_mutual ? by(boss) : by_operator());
    demote(second_context, boss.id, is_mutual ? by(second) : by_operator());
    while (outcomes.size() < 2) loop.wait_and_turn();

    EXPECT_EQ(outcomes[0], success);
    EXPECT_EQ(outcomes[1], is_mutual ? session_expired : last_administrator);
    EXPECT_EQ(account(boss.id).role, Role::admin);
    EXPECT_EQ(account(second.id).role, Role::user);
  }
}

TEST_P(AdministrationContract, NothingIsWrittenForWhoIsNoAdministratorAnyMore) {
  const auto ann = registered("ann@example.org");
  const auto former = administrator("former@example.org");
  ASSERT_EQ(update({.account = former.id, .role = Role::user, .mandate = by(boss)}), success);
  const Administrator demoted{former.id, opened(former.id)};

  for (const auto& refused : every_write(ann.id, by(former))) EXPECT_EQ(refused, session_expired);
  for (const auto& refused : every_write(ann.id, by(demoted))) EXPECT_EQ(refused, forbidden);

  EXPECT_EQ(events(ann.id), std::vector<std::string>{"account_registered"});
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), success);
}

TEST_P(AdministrationContract, UnknownAccountsAreNotFound) {
  const auto unknown = core::AccountId::fresh(now(), mint.random());

  auto outcomes = every_write(unknown, by(boss));

  outcomes.erase(outcomes.begin());  // it created another
  for (const auto& refused : outcomes) EXPECT_EQ(refused, account_not_found);
}

}  // namespace
}  // namespace sallyport::contract
