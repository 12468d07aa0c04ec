#include "core/secret.h"

#include <gtest/gtest.h>

namespace sallyport::core {

TEST(Secret, RevealsWhatItWasGivenAndNothingAfterAMove) {
  Secret first("correct horse");

  const Secret second = std::move(first);

  EXPECT_EQ(second.reveal(), "correct horse");
  EXPECT_EQ(first.size(), 0U);  // NOLINT(bugprone-use-after-move): the point of the test
}

TEST(Secret, DuplicateIsASecondOwner) {
  Secret first("abc");

  const auto second = first.duplicate();
  first.writable()[0] = 'x';

  EXPECT_EQ(second.reveal(), "abc");
  EXPECT_EQ(first.reveal(), "xbc");
}

}  // namespace sallyport::core
