#include "sessions/authenticate.h"

#include <gtest/gtest.h>

#include "adapters/memory/stores.h"
#include "core/fake_clock.h"
#include "core/manual_loop.h"
#include "sessions/mint_for_test.h"

namespace sallyport::sessions {
namespace {

/// A server whose keys are those it has loaded, over a store that another one writes to.
class AuthenticatorTest : public testing::Test {
 protected:
  /// Adds a key to the store behind the server's back.
  crypto::SigningKey add_key() {
    auto key = crypto::SigningKey::generate(mint.random());
    auto row = keys::StoredKey::of(key, {clock.now()}, clock.now(), mint.keyring(), mint.random());
    loop.run(key_store.import_keys({{std::move(row)}, clock.now(), {}})).value();
    return key;
  }
  std::string token_of(const crypto::SigningKey& key) {
    return crypto::issue(key, {.subject = core::AccountId::fresh(clock.now(), mint.random()),
                               .session = core::SessionId::fresh(clock.now(), mint.random()),
                               .issuer = "https://sallyport.test",
                               .audience = "sallyport",
                               .token_id = "1",
                               .role = "user",
                               .issued_at = clock.now(),
                               .not_before = clock.now(),
                               .expires_at = clock.now() + std::chrono::minutes{15}});
  }
  /// A token that verifies is of a session that does not live: nobody has signed in here.
  std::string_view refusal(const std::string& token) {
    return loop.run(authenticate({.bearer = token, .session_tokens = {}})).error().code;
  }

  core::FakeClock clock;
  core::ManualLoop loop{clock};
  TestMint mint{clock};
  crypto::HmacKey commitment_key{mint.random().secret(32)};
  memory::MemoryStore store{audit::Chain(mint.random().bytes<16>(), commitment_key, mint.random()), {}, {}};
  memory::MemorySessionStore sessions{store};
  memory::MemorySigningKeyStore key_store{store};
  keys::LiveKeys live_keys{key_store, mint.keyring(), clock,
                           [this](crypto::KeySet keys) { mint.access_tokens().use(std::move(keys)); }};
  SessionCache cache{sessions, clock};
  ActivityRecorder activity{sessions, clock};
  Authenticator authenticate{mint.access_tokens(), live_keys, cache, activity};
};

TEST_F(AuthenticatorTest, ATokenOfAKeyThatAnotherServerMadeIsTakenAtOnce) {
  const auto token = token_of(add_key());

  EXPECT_EQ(refusal(token), "session_expired");
}

TEST_F(AuthenticatorTest, TokensOfKeysThatNobodyKnowsMakeOneReadOfTheKeysInAWhile) {
  add_key();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(refusal(token_of(crypto::SigningKey::generate(mint.random()))), "token_unknown_key");
  EXPECT_EQ(live_keys.counters().reloads, 1);

  const auto token = token_of(add_key());
  EXPECT_EQ(refusal(token), "token_unknown_key");
  clock.advance(keys::LiveKeys::look_interval);
  EXPECT_EQ(refusal(token), "session_expired");
}

TEST_F(AuthenticatorTest, WhatIsNoTokenAtAllReadsNoKeys) {
  add_key();

  for (const std::string token : {"nonsense", "a.b.c", "v4.public.AAAA"}) EXPECT_NE(refusal(token), "session_expired");

  EXPECT_EQ(live_keys.counters().reloads, 0);
}

}  // namespace
}  // namespace sallyport::sessions
