#include "flows/flow_token.h"

#include <gtest/gtest.h>

#include "core/fake_random.h"
#include "crypto/derived_random.h"

namespace sallyport::flows {
namespace {

constexpr core::Timestamp now{std::chrono::seconds{1'767'225'600}};

template <class Token>
class FlowTokenTest : public testing::Test {
 protected:
  core::FakeRandom random_;
  const FlowId id_ = FlowId::fresh(now, random_);
};
using Tokens = testing::Types<FlowHandle, LinkToken>;
TYPED_TEST_SUITE(FlowTokenTest, Tokens);

TYPED_TEST(FlowTokenTest, ComesBackFromItsText) {
  const auto token = TypeParam::fresh(this->id_, this->random_);

  const auto text = token.text();
  const auto parsed = TypeParam::parse(text.reveal());

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->id(), this->id_);
  EXPECT_EQ(parsed->digest(), token.digest());
}

TYPED_TEST(FlowTokenTest, IsAnotherEachTimeForTheSameFlow) {
  EXPECT_NE(TypeParam::fresh(this->id_, this->random_).digest(), TypeParam::fresh(this->id_, this->random_).digest());
}

TYPED_TEST(FlowTokenTest, RefusesWhatIsNotWrittenExactlySo) {
  const auto secret = TypeParam::fresh(this->id_, this->random_).text();
  const std::string text(secret.reveal());
  const auto other = text.starts_with("spf_") ? "spl_" : "spf_";

  for (const auto& wrong :
       {std::string{}, std::string("spf_"), std::string("spl_"), text.substr(0, text.size() - 1), text + "A",
        text + "=", " " + text, text.substr(4), other + text.substr(4), text.substr(0, 4) + "!" + text.substr(5)}) {
    const auto parsed = TypeParam::parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().fault, core::Fault::invalid);
    EXPECT_TRUE(parsed.error().code == "flow_malformed" || parsed.error().code == "link_malformed");
  }
}

// A request sent again after an update hears the handle that the version before it gave.
TEST(FlowTokens, OfDerivedBytesAreTheSameInEveryRelease) {
  const crypto::HmacKey key{core::Secret("a key")};
  crypto::DerivedRandom derived(key, crypto::sha256(core::as_bytes("a seed")));

  const auto handle = FlowHandle::fresh(FlowId::fresh(now, derived), derived).text();

  EXPECT_EQ(handle.reveal(), "spf_AZt22qgAcGOTX3uzR1pDvAbTa_hqqB_JiPzfK6tw7x0");
}

TEST(FlowTokens, AreNotTakenForEachOther) {
  core::FakeRandom random;
  const auto id = FlowId::fresh(now, random);
  const auto handle = FlowHandle::fresh(id, random).text(), link = LinkToken::fresh(id, random).text();

  EXPECT_TRUE(handle.reveal().starts_with("spf_"));
  EXPECT_TRUE(link.reveal().starts_with("spl_"));
  EXPECT_FALSE(FlowHandle::parse(link.reveal()));
  EXPECT_FALSE(LinkToken::parse(handle.reveal()));
}

}  // namespace
}  // namespace sallyport::flows
