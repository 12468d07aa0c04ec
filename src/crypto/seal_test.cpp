#include "crypto/seal.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "core/fake_random.h"

namespace sallyport::crypto {
namespace {

using core::as_bytes;
using core::Secret;

class Seal : public testing::Test {
 protected:
  core::FakeRandom random_;
  Secret key_ = random_.secret(32);
  core::Bytes sealed_ = seal(key_, as_bytes("mail 7"), Secret("hello"), random_);
};

TEST_F(Seal, GivesBackWhatWasSealed) {
  const auto opened = open(key_, as_bytes("mail 7"), sealed_);

  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), "hello");
  EXPECT_EQ(sealed_.size(), 5U + 41U);
}

TEST_F(Seal, SealsNothingToo) {
  const auto nothing = seal(key_, {}, Secret(""), random_);

  const auto opened = open(key_, {}, nothing);

  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->size(), 0U);
}

TEST_F(Seal, NeverSealsTheSameWayTwice) {
  EXPECT_NE(seal(key_, as_bytes("mail 7"), Secret("hello"), random_), sealed_);
}

TEST_F(Seal, RefusesAnotherKeyOrPlace) {
  const auto other_key = open(random_.secret(32), as_bytes("mail 7"), sealed_);
  const auto other_place = open(key_, as_bytes("mail 8"), sealed_);

  ASSERT_FALSE(other_key);
  EXPECT_EQ(other_key.error().code, "sealed_unreadable");
  ASSERT_FALSE(other_place);
  EXPECT_EQ(other_place.error().code, "sealed_unreadable");
}

TEST_F(Seal, RefusesAChangeOfAnyByteAndEveryShorterText) {
  for (std::size_t at = 0; at < sealed_.size(); ++at) {
    SCOPED_TRACE(at);
    auto changed = sealed_;
    changed[at] ^= 1;
    EXPECT_FALSE(open(key_, as_bytes("mail 7"), changed));
    EXPECT_FALSE(open(key_, as_bytes("mail 7"), core::ByteView(sealed_).first(at)));
  }
}

TEST_F(Seal, RefusesAKeyOfTheWrongSize) {
  EXPECT_THROW(seal(Secret("short"), {}, Secret("hello"), random_), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(open(Secret("short"), {}, sealed_)), std::invalid_argument);
}

}  // namespace
}  // namespace sallyport::crypto
