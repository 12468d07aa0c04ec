#include "sessions/access_tokens.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/fake_random.h"

namespace sallyport::sessions {
namespace {

using std::chrono::seconds;

class AccessTokensTest : public testing::Test {
 protected:
  crypto::SigningKey key(int seed) {
    return crypto::SigningKey::from_seed(core::Secret(std::string(32, static_cast<char>(seed))));
  }
  template <class... Seeds>
  AccessTokens with_keys(Seeds... seeds) {
    std::vector<crypto::SigningKey> keys;
    (keys.push_back(key(seeds)), ...);
    return {std::move(keys), "https://sallyport.test", "sallyport", lifetime, clock, random};
  }
  static std::string_view outcome(AccessTokens& tokens, std::string_view token) {
    const auto verified = tokens.verify(token);
    return verified ? "" : verified.error().code;
  }

  const seconds lifetime{900};
  core::FakeClock clock;
  core::FakeRandom random;
  const SessionView view = [this] {
    const auto account = core::AccountId::fresh(clock.now(), random);
    return SessionView{
        .session = {.id = core::SessionId::fresh(clock.now(), random), .account = account, .credential_version = 1},
        .account = {.id = account, .role = accounts::Role::admin}};
  }();
};

TEST_F(AccessTokensTest, WhatIsIssuedVerifiesUntilItExpires) {
  auto tokens = with_keys(1);
  const auto token = tokens.issue(view);

  for (int i = 0; i < 2; ++i) {  // computed, then remembered
    const auto verified = tokens.verify(token).value();
    EXPECT_EQ(verified.account, view.account.id);
    EXPECT_EQ(verified.session, view.session.id);
    EXPECT_EQ(verified.expires_at, clock.now() + lifetime);
  }
  clock.advance(lifetime - std::chrono::microseconds{1});
  EXPECT_EQ(outcome(tokens, token), "");
  clock.advance(std::chrono::microseconds{1});
  EXPECT_EQ(outcome(tokens, token), "token_expired");
}

TEST_F(AccessTokensTest, ARememberedTokenLooksLikeNoOther) {
  auto tokens = with_keys(1);
  const auto token = tokens.issue(view);
  ASSERT_EQ(outcome(tokens, token), "");

  for (std::size_t i = 0; i < token.size(); i += 7) {
    auto forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(outcome(tokens, forged), "") << i;
    EXPECT_NE(outcome(tokens, forged), "") << i << ", the second time";
  }
  EXPECT_EQ(outcome(tokens, token), "");
}

TEST_F(AccessTokensTest, TheLastKeySignsAndAllVerify) {
  auto before = with_keys(1), during = with_keys(1, 2), after = with_keys(2);
  const auto old_token = before.issue(view), new_token = during.issue(view);

  EXPECT_EQ(outcome(during, old_token), "");
  EXPECT_EQ(outcome(during, new_token), "");
  EXPECT_EQ(outcome(after, new_token), "");
  EXPECT_EQ(outcome(after, old_token), "token_unknown_key");
}

TEST_F(AccessTokensTest, RefusesWhatIsMeantForAnotherAudience) {
  auto tokens = with_keys(1);
  std::vector<crypto::SigningKey> keys;
  keys.push_back(key(1));
  AccessTokens other(std::move(keys), "https://sallyport.test", "elsewhere", lifetime, clock, random);

  EXPECT_EQ(outcome(tokens, other.issue(view)), "token_audience");
}

TEST_F(AccessTokensTest, RefusesWhatIsTooLongUnread) {
  auto tokens = with_keys(1);

  EXPECT_EQ(outcome(tokens, std::string(crypto::max_access_token_size + 1, 'A')), "token_malformed");
  EXPECT_EQ(outcome(tokens, ""), "token_malformed");
}

TEST_F(AccessTokensTest, EachTokenIsAnotherThoughNothingElseHasChanged) {
  auto tokens = with_keys(1);

  EXPECT_NE(tokens.issue(view), tokens.issue(view));
}

TEST_F(AccessTokensTest, TheKeySetHoldsThePublicHalfOfEveryKey) {
  EXPECT_EQ(with_keys(1, 2).jwks(),
            "{\"keys\":[" + key(1).verifying_key().jwk() + "," + key(2).verifying_key().jwk() + "]}");
}

}  // namespace
}  // namespace sallyport::sessions
