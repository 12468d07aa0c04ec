#include "idempotency/request_namer.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "core/fake_random.h"

namespace sallyport::idempotency {
namespace {

using Pieces = std::vector<RequestNamer::Piece>;

class RequestNamerTest : public testing::Test {
 protected:
  static IdempotencyKey key(std::string_view text) { return IdempotencyKey::parse(text).value(); }

  core::FakeRandom random_;
  const crypto::Keyring keyring_{crypto::MasterKey::generate(random_)};
  const RequestNamer name_{keyring_};
};

TEST_F(RequestNamerTest, NamesARequestByUseCaseAndKeyAlone) {
  const auto one = name_("register", key("k"), Pieces{"ann"}).key;

  EXPECT_EQ(name_("register", key("k"), Pieces{"ben"}).key, one);
  EXPECT_NE(name_("register", key("l"), Pieces{"ann"}).key, one);
  EXPECT_NE(name_("recovery", key("k"), Pieces{"ann"}).key, one);
}

TEST_F(RequestNamerTest, NoTwoListsOfPiecesHaveTheSameFingerprint) {
  std::set<core::Digest> prints;
  const Pieces lists[] = {{},         {std::nullopt},       {""},         {"", ""},
                          {"ab"},     {"a", "b"},           {"", "ab"},   {"ab", ""},
                          {"b", "a"}, {std::nullopt, "ab"}, {"ab", "ab"}, {"ab", std::nullopt}};

  for (const auto& pieces : lists) prints.insert(name_("register", key("k"), pieces).fingerprint);

  EXPECT_EQ(prints.size(), std::size(lists));
}

TEST_F(RequestNamerTest, AnotherServersKeyGivesOtherDigests) {
  const crypto::Keyring other(crypto::MasterKey::generate(random_));

  const auto here = name_("register", key("k"), Pieces{"ann"});
  const auto there = RequestNamer(other)("register", key("k"), Pieces{"ann"});

  EXPECT_NE(here.key, there.key);
  EXPECT_NE(here.fingerprint, there.fingerprint);
}

}  // namespace
}  // namespace sallyport::idempotency
