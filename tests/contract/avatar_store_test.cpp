#include "avatars/avatar_store.h"

#include "core/fake_random.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

using avatars::AwaitedUpload;
using avatars::ImageFormat;
using avatars::PictureObject;

inline constexpr Outcome upload_expired{Fault::conflict, "upload_expired"};
inline constexpr Outcome upload_not_found{Fault::not_found, "upload_not_found"};
inline constexpr Outcome picture_not_found{Fault::not_found, "picture_not_found"};

class AvatarStoreContract : public StoreTest {
 protected:
  avatars::AvatarStore& avatars() { return stores->avatars(); }
  PictureObject picture(ImageFormat format = ImageFormat::png) { return PictureObject::of_avatar(random, format); }
  PictureObject noted() {
    auto object = picture();
    run(avatars().note_object(object, now() + minutes{10})).value();
    return object;
  }
  avatars::AvatarChange change_to(std::optional<PictureObject> object) {
    return {
        .account = ann.id, .session = ann.session->id, .picture = std::move(object), .now = now(), .origin = origin};
  }
  PictureObject shown() {
    auto object = noted();
    run(avatars().set_avatar(change_to(object))).value();
    return object;
  }
  AwaitedUpload awaited() {
    AwaitedUpload upload{.object = PictureObject::of_upload(random), .format = ImageFormat::webp, .size = 77};
    run(avatars().await_upload(ann.id, upload, now(), now() + minutes{15})).value();
    return upload;
  }
  std::vector<PictureObject> claimed() {
    auto objects = run(avatars().claim_leftovers(now(), now() + minutes{10}, 10)).value();
    std::ranges::sort(objects);
    return objects;
  }

  core::FakeRandom random;
  const accounts::NewAccount ann = registered();
};
INSTANTIATE_TEST_SUITE_P(On, AvatarStoreContract, every_adapter, adapter_name);

TEST_P(AvatarStoreContract, ShowsAPictureThatWasNotedAndTellsOfIt) {
  const auto object = noted();

  const auto account = run(avatars().set_avatar(change_to(object))).value();

  EXPECT_EQ(account.avatar, object.name());
  EXPECT_EQ(outcome(avatars().find_avatar(object)), success);
  EXPECT_EQ(run(sessions().find(ann.session->id, now())).value().account.avatar, object.name());
  EXPECT_EQ(run(stores->directory().find(ann.id)).value().avatar, object.name());
  EXPECT_TRUE(is_invalidated(ann.id.uuid()));
  EXPECT_EQ(events(ann.id).front(), "profile_changed");
  clock.advance(hours{1});
  EXPECT_FALSE(run(avatars().has_leftovers(now())).value());
}

TEST_P(AvatarStoreContract, AnAdministratorChangesThePictureOfSomebodyAndNobodyElseDoes) {
  const auto boss = core::AccountId::fresh(now(), mint.random());
  run(accounts().create_administrator({.id = boss,
                                       .email = accounts::Email::parse("boss@example.org").value(),
                                       .verifier = verifier,
                                       .created_at = now(),
                                       .origin = origin}))
      .value();
  const auto session_of_boss = opened(boss).session.id;
  const auto bob = registered("bob@example.org");
  const auto object = noted();
  auto change = change_to(object);

  change.session = bob.session->id;
  EXPECT_EQ(outcome(avatars().set_avatar(change)), (Outcome{Fault::forbidden, "forbidden"}));
  change.session = session_of_boss;
  const auto changed = run(avatars().set_avatar(change)).value();
  EXPECT_EQ(changed.id, ann.id);
  EXPECT_EQ(changed.avatar, object.name());
  EXPECT_EQ(events(ann.id).front(), "profile_changed");
  EXPECT_EQ(run(stores->directory().find(boss)).value().avatar, std::nullopt);

  ASSERT_EQ(set_status(ann.id, accounts::AccountStatus::deleted), success);
  change.picture.reset();
  EXPECT_EQ(outcome(avatars().set_avatar(change)), account_not_found);
}

TEST_P(AvatarStoreContract, ThePictureBeforeIsALeftoverFromTheMomentItIsReplaced) {
  const auto before = shown();
  EXPECT_FALSE(run(avatars().has_leftovers(now())).value());

  const auto after = shown();

  EXPECT_EQ(outcome(avatars().find_avatar(before)), picture_not_found);
  EXPECT_EQ(outcome(avatars().find_avatar(after)), success);
  EXPECT_TRUE(run(avatars().has_leftovers(now())).value());
  EXPECT_EQ(claimed(), std::vector{before});
}

TEST_P(AvatarStoreContract, APictureCanBeTakenAway) {
  const auto before = shown();

  EXPECT_EQ(run(avatars().set_avatar(change_to(std::nullopt))).value().avatar, std::nullopt);
  EXPECT_EQ(outcome(avatars().set_avatar(change_to(std::nullopt))), success);

  EXPECT_EQ(outcome(avatars().find_avatar(before)), picture_not_found);
  EXPECT_EQ(claimed(), std::vector{before});
}

TEST_P(AvatarStoreContract, APictureThatNobodyTookInTimeIsALeftoverAndTakenByNobodyAnyMore) {
  const auto object = noted();
  clock.advance(minutes{10});
  EXPECT_TRUE(run(avatars().has_leftovers(now())).value());

  EXPECT_EQ(claimed(), std::vector{object});

  EXPECT_EQ(outcome(avatars().set_avatar(change_to(object))), upload_expired);
  EXPECT_EQ(outcome(avatars().find_avatar(object)), picture_not_found);
}

TEST_P(AvatarStoreContract, APictureNobodyNotedIsNotTaken) {
  const auto before = shown();

  EXPECT_EQ(outcome(avatars().set_avatar(change_to(picture()))), upload_expired);

  EXPECT_EQ(outcome(avatars().find_avatar(before)), success);
}

TEST_P(AvatarStoreContract, OnlyALiveSessionOfTheAccountOrOfAnAdministratorChangesItsPicture) {
  const auto bob = registered("bob@example.org");
  auto change = change_to(noted());
  change.session = bob.session->id;

  EXPECT_EQ(outcome(avatars().set_avatar(change)), (Outcome{Fault::forbidden, "forbidden"}));
  clock.advance(lifetimes.sliding);
  EXPECT_EQ(outcome(avatars().set_avatar(change_to(noted()))), session_expired);

  EXPECT_EQ(run(stores->directory().find(ann.id)).value().avatar, std::nullopt);
}

TEST_P(AvatarStoreContract, WhatIsClaimedIsDueAgainUntilItIsForgotten) {
  const auto object = noted();
  clock.advance(minutes{10});
  ASSERT_EQ(claimed(), std::vector{object});
  EXPECT_EQ(claimed(), std::vector<PictureObject>{});

  clock.advance(minutes{10});
  EXPECT_EQ(claimed(), std::vector{object});
  EXPECT_EQ(outcome(avatars().forget_leftovers({object})), success);

  clock.advance(minutes{10});
  EXPECT_FALSE(run(avatars().has_leftovers(now())).value());
}

TEST_P(AvatarStoreContract, OnlyWhatIsClaimedIsForgotten) {
  const auto object = noted();

  EXPECT_EQ(outcome(avatars().forget_leftovers({object})), success);

  EXPECT_EQ(outcome(avatars().set_avatar(change_to(object))), success);
}

TEST_P(AvatarStoreContract, AnUploadIsAwaitedForAWhileAndFoundByAccountAndName) {
  const auto upload = awaited();

  const auto by_account = run(avatars().find_upload(ann.id, now())).value();
  EXPECT_EQ(by_account.object, upload.object);
  EXPECT_EQ(by_account.format, ImageFormat::webp);
  EXPECT_EQ(by_account.size, 77);
  EXPECT_EQ(outcome(avatars().find_upload(upload.object, now())), success);
  EXPECT_EQ(outcome(avatars().find_upload(PictureObject::of_upload(random), now())), upload_not_found);

  clock.advance(minutes{15});
  EXPECT_EQ(outcome(avatars().find_upload(ann.id, now())), upload_not_found);
  EXPECT_EQ(outcome(avatars().find_upload(upload.object, now())), upload_not_found);
  EXPECT_EQ(claimed(), std::vector{upload.object});
}

TEST_P(AvatarStoreContract, AnotherUploadOrAnotherPictureEndsTheOneThatWasAwaited) {
  const auto first = awaited();
  const auto second = awaited();
  EXPECT_EQ(outcome(avatars().find_upload(first.object, now())), upload_not_found);
  EXPECT_EQ(run(avatars().find_upload(ann.id, now())).value().object, second.object);
  EXPECT_EQ(claimed(), std::vector{first.object});

  shown();

  EXPECT_EQ(outcome(avatars().find_upload(ann.id, now())), upload_not_found);
  EXPECT_EQ(claimed(), std::vector{second.object});
}

TEST_P(AvatarStoreContract, AnUploadThatIsNotedAgainIsNobodysAndDue) {
  const auto upload = awaited();

  EXPECT_EQ(outcome(avatars().note_object(upload.object, now())), success);

  EXPECT_EQ(outcome(avatars().find_upload(ann.id, now())), upload_not_found);
  EXPECT_EQ(claimed(), std::vector{upload.object});
}

TEST_P(AvatarStoreContract, NothingOfADeletedAccountIsShown) {
  registered("bob@example.org");
  const auto object = shown();

  ASSERT_EQ(set_status(ann.id, accounts::AccountStatus::deleted), success);

  EXPECT_EQ(outcome(avatars().find_avatar(object)), picture_not_found);
  EXPECT_EQ(claimed(), std::vector<PictureObject>{});  // it may be restored
}

}  // namespace
}  // namespace sallyport::contract
