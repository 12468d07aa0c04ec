#include "accounts/account_directory.h"

#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::AccountFilter;
using accounts::AccountStatus;

class AccountDirectoryContract : public StoreTest {
 protected:
  std::vector<std::string> emails(AccountFilter filter) {
    std::vector<std::string> found;
    do {
      auto page = run(stores->directory().list(filter)).value();
      for (auto& account : page.accounts) found.push_back(std::move(account.email));
      filter.after = page.next;
    } while (filter.after);
    return found;
  }
  /// A minute apart, so that ids are in this order.
  core::AccountId named(std::string_view email, std::string_view name) {
    clock.advance(minutes{1});
    auto account = new_account(email);
    account.display_name = accounts::DisplayName::parse(name).value();
    run(accounts().create_account(account)).value();
    return account.id;
  }
  using Emails = std::vector<std::string>;
};
INSTANTIATE_TEST_SUITE_P(On, AccountDirectoryContract, every_adapter, adapter_name);

TEST_P(AccountDirectoryContract, FindsAnAccountByIdAndByAddressHoweverItIsSpelt) {
  const auto ann = named("Ann@example.org", "Ann");

  EXPECT_EQ(run(stores->directory().find(ann)).value().email, "Ann@example.org");
  EXPECT_EQ(run(stores->directory().find(accounts::EmailKey::fold("ANN@Example.org").value())).value().id, ann);
}

TEST_P(AccountDirectoryContract, ShowsNoUnknownAndNoDeletedAccount) {
  const auto ann = named("ann@example.org", "Ann");
  ASSERT_EQ(set_status(ann, AccountStatus::deleted), success);

  EXPECT_EQ(outcome(stores->directory().find(ann)), account_not_found);
  EXPECT_EQ(outcome(stores->directory().find(accounts::EmailKey::fold("ann@example.org").value())), account_not_found);
  EXPECT_EQ(outcome(stores->directory().find(core::AccountId::fresh(now(), mint.random()))), account_not_found);
  EXPECT_EQ(emails({}), Emails{});
}

TEST_P(AccountDirectoryContract, ListsByAgeInPagesThatGoOnBehindTheLastId) {
  for (const auto* email : {"c@example.org", "a@example.org", "b@example.org"}) named(email, "x");

  const auto page = run(stores->directory().list({.most = 2})).value();

  ASSERT_EQ(page.accounts.size(), 2U);
  EXPECT_EQ(page.accounts[0].email, "c@example.org");
  EXPECT_EQ(page.accounts[1].email, "a@example.org");
  EXPECT_EQ(page.next, page.accounts[1].id);
  EXPECT_EQ(emails({.after = page.next, .most = 2}), Emails{"b@example.org"});
}

TEST_P(AccountDirectoryContract, ListsThoseWhoseAddressOrNameHasTheText) {
  named("ann@example.org", "Someone");
  named("bob@example.org", "Joanna 100%");
  named("eve@sample.org", "Eve");

  EXPECT_EQ(emails({.text = "ANN"}), (Emails{"ann@example.org", "bob@example.org"}));
  EXPECT_EQ(emails({.text = "example.org"}), (Emails{"ann@example.org", "bob@example.org"}));
  EXPECT_EQ(emails({.text = "%"}), Emails{"bob@example.org"}) << "no pattern";
  EXPECT_EQ(emails({.text = "nobody"}), Emails{});
}

TEST_P(AccountDirectoryContract, LooksForATextInNamesAloneWhereThatIsWanted) {
  named("ann@example.org", "Someone");
  named("bob@example.org", "Joanna 100%");
  using accounts::TextIn;

  EXPECT_EQ(emails({.text = "ANN", .text_in = TextIn::name}), Emails{"bob@example.org"});
  EXPECT_EQ(emails({.text = "example", .text_in = TextIn::name}), Emails{});
  EXPECT_EQ(emails({.text_in = TextIn::name}), (Emails{"ann@example.org", "bob@example.org"}));
}

TEST_P(AccountDirectoryContract, ListsThoseOfTheStatusesWantedAndDeletedOnesOnlyThen) {
  const auto ann = named("ann@example.org", "Ann"), bob = named("bob@example.org", "Bob");
  named("eve@example.org", "Eve");
  ASSERT_EQ(set_status(ann, AccountStatus::suspended), success);
  ASSERT_EQ(set_status(bob, AccountStatus::deleted), success);

  EXPECT_EQ(emails({.statuses = {AccountStatus::suspended}}), Emails{"ann@example.org"});
  EXPECT_EQ(emails({.statuses = {AccountStatus::active}}), Emails{"eve@example.org"});
  EXPECT_EQ(emails({.statuses = {AccountStatus::deleted, AccountStatus::suspended}}),
            (Emails{"ann@example.org", "bob@example.org"}));
  EXPECT_EQ(emails({}), (Emails{"ann@example.org", "eve@example.org"}));
}

TEST_P(AccountDirectoryContract, ListsThoseOfTheRolesAndIdsWanted) {
  const auto ann = named("ann@example.org", "Ann"), bob = named("bob@example.org", "Bob");
  auto guest = new_account("guest@example.org");
  guest.role = accounts::Role::guest;
  run(accounts().create_account(guest)).value();

  EXPECT_EQ(emails({.roles = {accounts::Role::guest}}), Emails{"guest@example.org"});
  EXPECT_EQ(emails({.roles = {accounts::Role::admin, accounts::Role::user}}),
            (Emails{"ann@example.org", "bob@example.org"}));
  EXPECT_EQ(emails({.ids = {guest.id, ann, core::AccountId::fresh(now(), mint.random())}}),
            (Emails{"ann@example.org", "guest@example.org"}));
  EXPECT_EQ(emails({.roles = {accounts::Role::user}, .ids = {guest.id, ann, bob}, .text = "bob", .most = 1}),
            Emails{"bob@example.org"});
  EXPECT_EQ(emails({.ids = {ann, bob, guest.id}, .most = 1}),
            (Emails{"ann@example.org", "bob@example.org", "guest@example.org"}));
}

TEST_P(AccountDirectoryContract, FindsWhatIsRareAmongManyInBoundedSteps) {
  static constexpr int many = 5'003;  // just more than one look
  for (int i = 0; i < many; ++i) {
    auto account = new_account("user" + std::to_string(i) + "@example.org");
    account.session.reset();
    run(accounts().create_account(std::move(account))).value();
    clock.advance(std::chrono::milliseconds{1});
  }

  EXPECT_EQ(emails({.text = "user5002@", .most = 10}), Emails{"user5002@example.org"});
  EXPECT_EQ(emails({.roles = {accounts::Role::admin}}), Emails{});
  EXPECT_EQ(emails({.statuses = {AccountStatus::active}, .most = 1'000}).size(), many);
}

TEST_P(AccountDirectoryContract, ListsTheLiveSessionsOfAnAccountOldestFirst) {
  const auto ann = registered("ann@example.org");
  registered("bob@example.org");
  clock.advance(minutes{1});
  auto phone = new_device(ann.id, "phone");
  phone.session.device.name = "Ann's phone";
  phone.session.device.type = "mobile";
  phone.session.device.client_version = "7.1";
  phone.session.device.metadata = {{"colour", "blue"}, {"os", "\"quoted\""}};
  run(sessions().open(opening_of(phone))).value();
  run(sessions().record_activity({{.session = phone.session.id, .last_seen_at = now(), .count = 3}})).value();
  const auto gone = opened(ann.id, "gone");
  run(sessions().end(gone.session.id, sessions::EndReason::signed_out, now(), origin)).value();

  const auto found = run(stores->directory().sessions_of(ann.id, now())).value();

  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].session.id, ann.session->id);
  EXPECT_EQ(found[1].session.id, phone.session.id);
  EXPECT_EQ(found[1].session.device_id, "phone");
  EXPECT_EQ(found[1].device_name, "Ann's phone");
  EXPECT_EQ(found[1].device_type, "mobile");
  EXPECT_EQ(found[1].client_version, "7.1");
  EXPECT_EQ(found[1].ip, origin.ip);
  EXPECT_EQ(found[1].metadata, phone.session.device.metadata);
  EXPECT_EQ(found[1].activity_count, 3);
  EXPECT_EQ(run(stores->directory().sessions_of(ann.id, now() + lifetimes.absolute)).value().size(), 0U);
}

}  // namespace
}  // namespace sallyport::contract
