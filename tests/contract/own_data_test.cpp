#include "accounts/own_data.h"

#include "avatars/avatar_store.h"
#include "core/fake_random.h"
#include "mail/mail_desk.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;

class OwnData : public StoreTest {
 protected:
  accounts::OwnDataStore& own_data() { return stores->own_data(); }
  mail::NewMail mail_to(core::AccountId account) {
    return {.id = mail::MailId::fresh(now(), mint.random()),
            .kind = mail::MailKind::account_deleted,
            .account = account,
            .locale = "de",
            .payload = {1, 2, 3},
            .created_at = now()};
  }
  accounts::AccountDeletion deletion_of(const accounts::NewAccount& account) {
    return {.account = account.id,
            .session = account.session->id,
            .mail = mail_to(account.id),
            .now = now(),
            .origin = origin};
  }
  std::vector<std::string> own_events(core::AccountId id, int most = 100) {
    std::vector<std::string> names;
    std::optional<accounts::OwnEventPlace> after;
    for (;;) {
      auto page = run(own_data().events(id, after, most)).value();
      if (page.empty()) return names;
      for (auto& event : page) names.push_back(std::move(event.event));
      after = std::move(page.back().place);
    }
  }
  std::size_t persons_of(core::AccountId id) {
    const auto events = run(own_data().events(id, std::nullopt, 100)).value();
    return static_cast<std::size_t>(
        std::ranges::count_if(events, [](const auto& event) { return event.person.has_value(); }));
  }
  std::int64_t erase(int most = 100) { return run(accounts().erase_deleted(now(), most)).value(); }
  std::vector<mail::StoredMail> mails() { return run(stores->outbox().list({})).value(); }

  const accounts::NewAccount ann = registered();
};
INSTANTIATE_TEST_SUITE_P(On, OwnData, every_adapter, adapter_name);

TEST_P(OwnData, IsTheAccountWithAllThatIsKnownOfIt) {
  run(accounts().update_profile({.account = ann.id,
                                 .display_name = accounts::DisplayName::parse("Ann").value(),
                                 .phone = accounts::Phone::parse("+41443640000").value(),
                                 .now = now(),
                                 .origin = origin}))
      .value();

  const auto own = run(own_data().account(ann.id)).value();

  EXPECT_EQ(own.account.email, "ann@example.org");
  EXPECT_EQ(own.account.display_name, "Ann");
  EXPECT_EQ(own.account.phone, "+41443640000");
  EXPECT_EQ(own.email_verified_at, std::nullopt);
  EXPECT_EQ(own.password_stored_at, ann.created_at);
  EXPECT_EQ(outcome(own_data().account(core::AccountId::fresh(now(), mint.random()))), account_not_found);
}

TEST_P(OwnData, IsNobodyElses) {
  const auto bob = registered("bob@example.org");
  opened(bob.id, "phone");
  run(accounts().delete_account(deletion_of(bob))).value();

  EXPECT_EQ(run(own_data().sessions(ann.id, std::nullopt, 10)).value().size(), 1U);
  EXPECT_EQ(own_events(ann.id), std::vector<std::string>{"account_registered"});
  EXPECT_TRUE(run(own_data().mails(ann.id, std::nullopt, 10)).value().empty());
}

TEST_P(OwnData, OfSessionsComesInPages) {
  const auto phone = opened(ann.id, "phone"), laptop = opened(ann.id, "laptop");
  std::vector ids{ann.session->id, phone.session.id, laptop.session.id};
  std::ranges::sort(ids);

  const auto first = run(own_data().sessions(ann.id, std::nullopt, 2)).value();
  ASSERT_EQ(first.size(), 2U);
  const auto rest = run(own_data().sessions(ann.id, first.back().id, 2)).value();

  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ((std::vector{first[0].id, first[1].id, rest[0].id}), ids);
  EXPECT_EQ(first.front().ip, origin.ip);
  EXPECT_EQ(first.front().metadata, "{}");
}

TEST_P(OwnData, OfEventsComesInPagesWithWhoAndFromWhere) {
  for (int i = 0; i < 4; ++i) opened(ann.id, "phone");

  EXPECT_EQ(own_events(ann.id, 2), own_events(ann.id));
  EXPECT_EQ(own_events(ann.id).front(), "account_registered");
  const auto first = run(own_data().events(ann.id, std::nullopt, 1)).value().front();
  ASSERT_TRUE(first.person);
  EXPECT_NE(first.person->find(origin.ip), std::string::npos);
  EXPECT_NE(first.person->find(origin.user_agent), std::string::npos);
}

TEST_P(OwnData, APhoneNumberThatNobodyProvedIsNobodysAlone) {
  const auto bob = registered("bob@example.org");
  for (const auto& account : {ann, bob}) {
    EXPECT_EQ(outcome(accounts().update_profile({.account = account.id,
                                                 .phone = accounts::Phone::parse("+41443640000").value(),
                                                 .now = now(),
                                                 .origin = origin})),
              success);
  }
}

class DeleteAccount : public OwnData {};
INSTANTIATE_TEST_SUITE_P(On, DeleteAccount, every_adapter, adapter_name);

TEST_P(DeleteAccount, EndsEverySessionAndMailsTheOwnerInTheSameWrite) {
  const auto phone = opened(ann.id, "phone");

  const auto deleted = run(accounts().delete_account(deletion_of(ann))).value();

  EXPECT_EQ(deleted.status, AccountStatus::deleted);
  EXPECT_EQ(find(phone), session_expired);
  EXPECT_EQ(outcome(sessions().find(ann.session->id, now())), session_expired);
  EXPECT_EQ(outcome(stores->directory().find(ann.id)), account_not_found);
  EXPECT_EQ(outcome(accounts().find_sign_in(ann.email.key())), account_not_found);
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "account_status_changed");
  ASSERT_EQ(mails().size(), 1U);
  EXPECT_EQ(mails().front().kind, "account_deleted");
  EXPECT_EQ(outcome(accounts().create_account(new_account("ann@example.org"))), success);
}

TEST_P(DeleteAccount, NeedsASessionOfItsOwnerThatStillLives) {
  const auto bob = registered("bob@example.org");
  auto deletion = deletion_of(ann);
  deletion.session = bob.session->id;
  EXPECT_EQ(outcome(accounts().delete_account(deletion)), session_expired);
  run(sessions().end(ann.session->id, sessions::EndReason::signed_out, now(), origin)).value();
  EXPECT_EQ(outcome(accounts().delete_account(deletion_of(ann))), session_expired);

  EXPECT_EQ(outcome(stores->directory().find(ann.id)), success);
  EXPECT_TRUE(mails().empty());
}

TEST_P(DeleteAccount, SparesTheLastAdministrator) {
  const accounts::NewAdministrator boss{.id = core::AccountId::fresh(now(), mint.random()),
                                        .email = accounts::Email::parse("boss@example.org").value(),
                                        .verifier = verifier,
                                        .created_at = now(),
                                        .origin = origin};
  run(accounts().create_administrator(boss)).value();

  EXPECT_EQ(outcome(accounts().delete_account({.account = boss.id, .session = {}, .now = now(), .origin = origin})),
            last_administrator);
  EXPECT_EQ(outcome(stores->directory().find(boss.id)), success);
}

TEST_P(DeleteAccount, IsErasedForGoodOnceItCannotBeRestored) {
  core::FakeRandom random(7);
  const auto picture = avatars::PictureObject::of_avatar(random, avatars::ImageFormat::png);
  run(stores->avatars().note_object(picture, now() + minutes{10})).value();
  run(stores->avatars().set_avatar(
          {.account = ann.id, .session = ann.session->id, .picture = picture, .now = now(), .origin = origin}))
      .value();
  const auto bob = registered("bob@example.org");
  run(accounts().delete_account(deletion_of(ann))).value();
  EXPECT_FALSE(run(accounts().has_erasable(now())).value());
  EXPECT_EQ(erase(), 0);
  EXPECT_FALSE(run(stores->avatars().has_leftovers(now())).value());
  clock.advance(hours{1});
  EXPECT_TRUE(run(accounts().has_erasable(now())).value());
  EXPECT_GT(persons_of(ann.id), 0U);

  EXPECT_GT(erase(), 0);

  EXPECT_EQ(erase(), 0);
  EXPECT_FALSE(run(accounts().has_erasable(now())).value());
  EXPECT_EQ(persons_of(ann.id), 0U);
  EXPECT_TRUE(run(own_data().sessions(ann.id, std::nullopt, 10)).value().empty());
  EXPECT_TRUE(mails().empty());
  EXPECT_EQ(run(stores->avatars().claim_leftovers(now(), now(), 10)).value(), std::vector{picture});
  EXPECT_EQ(own_events(ann.id).back(), "account_status_changed");  // what happened stays, without the person
  EXPECT_EQ(outcome(stores->directory().find(bob.id)), success);
  EXPECT_EQ(persons_of(bob.id), 1U);
}

TEST_P(DeleteAccount, IsErasedInBatchesThatEndOnlyWithTheAccount) {
  for (int i = 0; i < 9; ++i) opened(ann.id, "phone");
  run(accounts().delete_account(deletion_of(ann))).value();
  clock.advance(hours{1});

  int batches = 0;
  for (; run(accounts().has_erasable(now())).value(); ++batches) EXPECT_LE(erase(3), 3 * 3 + 2);

  EXPECT_GT(batches, 3);
  EXPECT_EQ(persons_of(ann.id), 0U);
}

TEST_P(DeleteAccount, TheOldestIsErasedFirst) {
  const auto bob = registered("bob@example.org");
  run(accounts().delete_account(deletion_of(bob))).value();
  clock.advance(minutes{1});
  run(accounts().delete_account(deletion_of(ann))).value();
  clock.advance(minutes{1});

  erase();

  EXPECT_EQ(persons_of(bob.id), 0U);
  EXPECT_GT(persons_of(ann.id), 0U);
}

}  // namespace
}  // namespace sallyport::contract
