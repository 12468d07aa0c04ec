#include "sessions/access_tokens.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/fake_clock.h"
#include "core/fake_random.h"

namespace sallyport::sessions {
namespace {

using std::chrono::seconds;

class AccessTokensTest : public testing::Test {
 protected:
  /// The same key each time; the higher its number, the newer it is.
  static crypto::SigningKey key(std::uint64_t number) {
    core::FakeRandom own(number * 1'000);
    return crypto::SigningKey::generate(own);
  }
  template <class... Numbers>
  static crypto::KeySet keys(Numbers... numbers) {
    std::vector<crypto::KeySet::Member> members;
    (members.push_back({key(numbers), {.active_from = core::Timestamp{seconds{numbers}}}}), ...);
    return crypto::KeySet(std::move(members));
  }
  AccessTokens tokens_of(crypto::KeySet set, std::string audience = "sallyport") {
    return {std::move(set), "https://sallyport.test", std::move(audience), lifetime, clock, random};
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
  auto tokens = tokens_of(keys(1));
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

TEST_F(AccessTokensTest, AnExpiredTokenOfOursStillNamesTheSessionToEnd) {
  auto tokens = tokens_of(keys(1));
  auto others = tokens_of(keys(2));
  const auto token = tokens.issue(view);
  clock.advance(lifetime * 100);

  EXPECT_EQ(outcome(tokens, token), "token_expired");
  EXPECT_EQ(tokens.session_to_end(token), view.session.id);
  EXPECT_FALSE(others.session_to_end(token));
  EXPECT_FALSE(tokens.session_to_end(token.substr(0, token.size() - 1)));
}

TEST_F(AccessTokensTest, ARememberedTokenLooksLikeNoOther) {
  auto tokens = tokens_of(keys(1));
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

TEST_F(AccessTokensTest, TheNewestKeySignsAndAllVerify) {
  auto before = tokens_of(keys(1)), during = tokens_of(keys(1, 2)), after = tokens_of(keys(2));
  const auto old_token = before.issue(view), new_token = during.issue(view);

  EXPECT_EQ(outcome(during, old_token), "");
  EXPECT_EQ(outcome(during, new_token), "");
  EXPECT_EQ(outcome(after, new_token), "");
  EXPECT_EQ(outcome(after, old_token), "token_unknown_key");
}

TEST_F(AccessTokensTest, WhatAWithdrawnKeySignedIsRefusedThoughItWasRemembered) {
  auto tokens = tokens_of(keys(1));
  const auto token = tokens.issue(view);
  ASSERT_EQ(outcome(tokens, token), "");

  tokens.use(keys(2));

  EXPECT_EQ(outcome(tokens, token), "token_unknown_key");
  EXPECT_EQ(outcome(tokens, tokens.issue(view)), "");
}

TEST_F(AccessTokensTest, KeysAreReplacedWhileTokensAreIssuedAndVerified) {
  auto tokens = tokens_of(keys(1, 2));
  std::atomic<int> rejected = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 3; ++thread)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) rejected += outcome(tokens, tokens.issue(view)).empty() ? 0 : 1;
    });
  for (int i = 0; i < 50; ++i) tokens.use(i % 2 == 0 ? keys(2) : keys(1, 2));
  threads.clear();

  EXPECT_EQ(rejected, 0);
}

TEST_F(AccessTokensTest, DoesNotSignWithoutAnActiveKey) {
  EXPECT_THROW(tokens_of(crypto::KeySet({})).issue(view), std::runtime_error);
}

TEST_F(AccessTokensTest, RefusesWhatIsMeantForAnotherAudience) {
  auto tokens = tokens_of(keys(1));
  auto other = tokens_of(keys(1), "elsewhere");

  EXPECT_EQ(outcome(tokens, other.issue(view)), "token_audience");
}

TEST_F(AccessTokensTest, RefusesWhatIsTooLongUnread) {
  auto tokens = tokens_of(keys(1));

  EXPECT_EQ(outcome(tokens, std::string(crypto::max_access_token_size + 1, 'A')), "token_malformed");
  EXPECT_EQ(outcome(tokens, ""), "token_malformed");
}

TEST_F(AccessTokensTest, EachTokenIsAnotherThoughNothingElseHasChanged) {
  auto tokens = tokens_of(keys(1));

  EXPECT_NE(tokens.issue(view), tokens.issue(view));
}

TEST_F(AccessTokensTest, TheKeySetHoldsThePublicHalfOfEveryKey) {
  EXPECT_EQ(tokens_of(keys(1, 2)).jwks(),
            "{\"keys\":[" + key(1).verifying_key().jwk().value() + "," + key(2).verifying_key().jwk().value() + "]}");
}

}  // namespace
}  // namespace sallyport::sessions
