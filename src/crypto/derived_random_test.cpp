#include "crypto/derived_random.h"

#include <gtest/gtest.h>

namespace sallyport::crypto {
namespace {

class DerivedRandomTest : public testing::Test {
 protected:
  template <std::size_t N>
  static std::array<std::uint8_t, N> drawn(const HmacKey& key, const core::Digest& seed) {
    return DerivedRandom(key, seed).bytes<N>();
  }
  const HmacKey key_{core::Secret("a key")}, other_key_{core::Secret("another")};
  const core::Digest seed_ = sha256(core::as_bytes("a seed"));
};

TEST_F(DerivedRandomTest, GivesTheSameBytesAgainHoweverTheyAreAskedFor) {
  const auto at_once = drawn<80>(key_, seed_);

  DerivedRandom random(key_, seed_);
  std::array<std::uint8_t, 80> in_pieces;
  const std::span out(in_pieces);
  random.fill(out.first(1));
  random.fill(out.subspan(1, 31));
  random.fill(out.subspan(32, 40));
  random.fill(out.subspan(72));

  EXPECT_EQ(in_pieces, at_once);
}

TEST_F(DerivedRandomTest, GivesOthersForAnotherKeyOrSeedAndInTheNextBlock) {
  const auto drawn = this->drawn<64>(key_, seed_);

  EXPECT_NE(this->drawn<64>(other_key_, seed_), drawn);
  EXPECT_NE(this->drawn<64>(key_, sha256(core::as_bytes("another"))), drawn);
  EXPECT_FALSE(std::ranges::equal(std::span(drawn).first(32), std::span(drawn).last(32)));
}

TEST_F(DerivedRandomTest, IsHmacOfSeedAndBlockNumber) {
  const std::uint8_t first = 1;

  EXPECT_EQ(drawn<32>(key_, seed_), key_.mac({seed_, {&first, 1}}));
}

TEST_F(DerivedRandomTest, DoesNotRepeatItself) {
  DerivedRandom random(key_, seed_);
  std::array<std::uint8_t, 255 * 32> all;
  random.fill(all);

  EXPECT_THROW(random.bytes<1>(), std::length_error);
}

}  // namespace
}  // namespace sallyport::crypto
