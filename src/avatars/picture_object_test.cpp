#include "avatars/picture_object.h"

#include <gtest/gtest.h>

#include "core/fake_random.h"

namespace sallyport::avatars {
namespace {

TEST(PictureObject, IsItsPathAgain) {
  core::FakeRandom random;
  for (const auto format : image_formats) {
    const auto object = PictureObject::of_avatar(random, format);

    EXPECT_EQ(PictureObject::parse(object.path()), object);
    EXPECT_EQ(PictureObject::parse_avatar(object.name()), object);
    EXPECT_EQ(object.format(), format);
  }
  const auto upload = PictureObject::of_upload(random);
  EXPECT_EQ(PictureObject::parse(upload.path()), upload);
  EXPECT_EQ(upload.format(), std::nullopt);
}

TEST(PictureObject, IsNoOtherPath) {
  for (const auto* path :
       {"", "avatars/", "uploads/", "avatars/AAAAAAAAAAAAAAAAAAAAAA", "avatars/AAAAAAAAAAAAAAAAAAAAAA.gif",
        "avatars/AAAAAAAAAAAAAAAAAAAAA.png", "avatars/AAAAAAAAAAAAAAAAAAAAAB.png", "avatars/../../../master.key.png",
        "avatars/..%2F..%2F..%2FAAAAAAAA.png", "uploads/AAAAAAAAAAAAAAAAAAAAAA.png", "uploads/../AAAAAAAAAAAAAAAAAAA",
        "other/AAAAAAAAAAAAAAAAAAAAAA", "/avatars/AAAAAAAAAAAAAAAAAAAAAA.png"})
    EXPECT_FALSE(PictureObject::parse(path)) << path;
  EXPECT_FALSE(PictureObject::parse_avatar("../uploads/AAAAAAAAAAAAAAAAAAAAAA.png"));
}

}  // namespace
}  // namespace sallyport::avatars
