#include "crypto/key_set.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "crypto/access_token.h"

namespace sallyport::crypto {
namespace {

using namespace std::chrono_literals;
using enum SigningAlgorithm;

constexpr auto notice = 5min, lifetime = 15min;

/// A copy: keys themselves are only moved.
SigningKey same(const SigningKey& key) { return SigningKey::parse(key.use(), key.bytes()).value(); }

KeySet set_of(std::initializer_list<std::pair<const SigningKey&, KeyTimes>> keys) {
  std::vector<KeySet::Member> members;
  for (const auto& [key, times] : keys) members.push_back({same(key), times});
  return KeySet(std::move(members));
}

class KeySetTest : public testing::Test {
 protected:
  SigningKey generate(SigningAlgorithm algorithm, std::string audience = "") {
    return SigningKey::generate(random_, {algorithm, SigningPurpose::access_token, std::move(audience)});
  }
  std::string token(const KeySet& keys) {
    return issue(*keys.signer("shop", clock_.now()), {.subject = core::AccountId::fresh(clock_.now(), random_),
                                                      .session = core::SessionId::fresh(clock_.now(), random_),
                                                      .issuer = "us",
                                                      .audience = "shop",
                                                      .token_id = "1",
                                                      .role = "user",
                                                      .issued_at = clock_.now(),
                                                      .not_before = clock_.now(),
                                                      .expires_at = clock_.now() + lifetime});
  }
  std::string_view code(const KeySet& keys, std::string_view text) const {
    const auto verified = verify_access_token(keys, text, {"us", "shop", clock_.now()});
    return verified ? "" : verified.error().code;
  }
  std::string_view signer(const KeySet& keys, std::string_view audience = "shop") const {
    const auto* const key = keys.signer(audience, clock_.now());
    return key == nullptr ? "" : std::string_view(key->id());
  }

  core::FakeClock clock_;
  core::FakeRandom random_;
  const core::Timestamp start_ = clock_.now();
  const SigningKey old_ = generate(eddsa), new_ = generate(v4_public);
};

TEST_F(KeySetTest, ARotationRejectsNoTokenThatIsValid) {
  clock_.advance(1h);
  const auto [outgoing, successor] = succeed({start_}, clock_.now(), notice, lifetime);
  const auto before = set_of({{old_, {start_}}});
  const auto keys = set_of({{new_, successor}, {old_, outgoing}});
  struct Issued {
    std::string text;
    core::Timestamp expires_at;
  };
  std::vector<Issued> issued{{token(before), clock_.now() + lifetime}};
  const auto end = clock_.now() + 2h;
  bool is_old_seen = false, is_new_seen = false;
  for (; clock_.now() < end; clock_.advance(1min)) {
    issued.push_back({token(keys), clock_.now() + lifetime});
    // A server that hears of the change as late as it may still signs with the old key.
    if (clock_.now() < *outgoing.active_until + notice) issued.push_back({token(before), clock_.now() + lifetime});
    std::erase_if(issued, [&](const Issued& token) { return token.expires_at <= clock_.now(); });
    for (const auto& token : issued) ASSERT_EQ(code(keys, token.text), "") << clock_.now().time_since_epoch().count();
    is_old_seen |= signer(keys) == old_.id();
    is_new_seen |= signer(keys) == new_.id();
  }

  EXPECT_TRUE(is_old_seen);
  EXPECT_TRUE(is_new_seen);
  EXPECT_EQ(keys.verifier(old_.id(), clock_.now()), nullptr);
}

TEST_F(KeySetTest, AKeyIsPublishedBeforeItSignsAndUntilNothingItSignedIsValid) {
  const auto [outgoing, successor] = succeed({start_}, start_, notice, lifetime);
  const auto keys = set_of({{old_, outgoing}, {new_, successor}});
  const auto old_jwk = *old_.verifying_key().jwk(), new_jwk = *new_.verifying_key().jwk();
  const auto both = "{\"keys\":[" + old_jwk + ',' + new_jwk + "]}", one = "{\"keys\":[" + new_jwk + "]}";

  EXPECT_EQ(signer(keys), old_.id());
  EXPECT_EQ(keys.jwks(start_), both);
  clock_.advance(notice - 1us);
  EXPECT_EQ(signer(keys), old_.id());
  clock_.advance(1us);
  EXPECT_EQ(signer(keys), new_.id());
  const auto last = start_ + notice + notice + lifetime;
  EXPECT_EQ(keys.jwks(last - 1us), both);
  EXPECT_EQ(keys.jwks(last), one);
}

TEST_F(KeySetTest, ANewerKeyTakesOverFromOneWithoutAnEnd) {
  const auto keys = set_of({{new_, {start_ + 1h}}, {old_, {start_}}});

  EXPECT_EQ(signer(keys), old_.id());
  clock_.advance(1h);
  EXPECT_EQ(signer(keys), new_.id());
}

TEST_F(KeySetTest, HasNoSignerWhenNoKeyIsActive) {
  const auto keys = set_of({{old_, {start_, start_ + 1h}}, {new_, {start_ + 2h}}});

  clock_.advance(1h);

  EXPECT_EQ(signer(keys), "");
  EXPECT_NE(keys.verifier(old_.id(), clock_.now()), nullptr);
  EXPECT_EQ(signer(KeySet({})), "");
}

TEST_F(KeySetTest, PrefersTheKeyOfAnAudience) {
  const auto of_shop = generate(hs256, "shop"), older_of_shop = generate(es256, "shop"),
             of_desk = generate(hs256, "desk");
  const auto keys = set_of({{of_desk, {start_}},
                            {of_shop, {start_}},
                            {older_of_shop, {start_ - 1h}},
                            {old_, {start_}},
                            {new_, {start_ - 1h}}});

  EXPECT_EQ(signer(keys, "shop"), of_shop.id());
  EXPECT_EQ(signer(keys, "desk"), of_desk.id());
  EXPECT_EQ(signer(keys, "else"), old_.id());
  EXPECT_EQ(signer(keys, ""), old_.id());
}

TEST_F(KeySetTest, NeverPublishesASecret) {
  const auto keys = set_of({{generate(hs256, "shop"), {start_}}});

  EXPECT_EQ(keys.jwks(start_), R"({"keys":[]})");
}

TEST_F(KeySetTest, WhoHoldsTheKeyOfOneAudienceSpeaksToNoOther) {
  const auto of_desk = generate(hs256, "desk");
  const auto keys = set_of({{old_, {start_}}, {of_desk, {start_}}});
  const auto forger = SigningKey::parse({hs256, SigningPurpose::access_token, "shop"}, of_desk.bytes()).value();

  EXPECT_EQ(code(keys, token(set_of({{forger, {start_}}}))), "token_audience");
}

TEST_F(KeySetTest, RefusesKeysOfAnotherPurposeAndOneIdTwice) {
  const auto of_audit = SigningKey::generate(random_, {eddsa, SigningPurpose::audit_checkpoint});

  EXPECT_THROW(set_of({{of_audit, {start_}}}), std::invalid_argument);
  EXPECT_THROW(set_of({{old_, {start_}}, {old_, {start_ + 1h}}}), std::invalid_argument);
}

}  // namespace
}  // namespace sallyport::crypto
