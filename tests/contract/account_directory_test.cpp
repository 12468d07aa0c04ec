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
    for (auto& account : run(stores->directory().list(std::move(filter))).value()) {
      found.push_back(std::move(account.email));
    }
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

  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].email, "c@example.org");
  EXPECT_EQ(page[1].email, "a@example.org");
  EXPECT_EQ(emails({.after = page[1].id, .most = 2}), Emails{"b@example.org"});
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

TEST_P(AccountDirectoryContract, ListsThoseOfOneStatus) {
  const auto ann = named("ann@example.org", "Ann");
  named("bob@example.org", "Bob");
  ASSERT_EQ(set_status(ann, AccountStatus::suspended), success);

  EXPECT_EQ(emails({.status = AccountStatus::suspended}), Emails{"ann@example.org"});
  EXPECT_EQ(emails({.status = AccountStatus::active}), Emails{"bob@example.org"});
}

TEST_P(AccountDirectoryContract, ListsTheLiveSessionsOfAnAccountOldestFirst) {
  const auto ann = registered("ann@example.org");
  registered("bob@example.org");
  clock.advance(minutes{1});
  auto phone = new_device(ann.id, "phone");
  phone.session.device.name = "Ann's phone";
  phone.session.device.type = "mobile";
  phone.session.device.client_version = "7.1";
  run(sessions().open(opening_of(phone))).value();
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
  EXPECT_EQ(run(stores->directory().sessions_of(ann.id, now() + lifetimes.absolute)).value().size(), 0U);
}

}  // namespace
}  // namespace sallyport::contract
