#include "sessions/refresh_token.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "core/base64url.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "sessions/session_token.h"

namespace sallyport::sessions {
namespace {

std::string_view outcome(const crypto::Keyring& keyring, std::string_view text) {
  const auto parsed = RefreshToken::parse(keyring, text);
  return parsed ? "" : parsed.error().code;
}

std::string text_of(const RefreshToken& token) {
  const auto text = token.text();
  return std::string(text.reveal());
}

class RefreshTokenTest : public testing::Test {
 protected:
  core::FakeClock clock;
  core::FakeRandom random;
  const crypto::Keyring keyring{crypto::MasterKey::generate(random)};
  const core::SessionId session = core::SessionId::fresh(clock.now(), random);
  const RefreshToken token = RefreshToken::first(keyring, session, random);
  const std::string text = text_of(token);
};

TEST_F(RefreshTokenTest, ReadsBackWhatItWrote) {
  EXPECT_TRUE(text.starts_with("spr_"));

  const auto parsed = RefreshToken::parse(keyring, text).value();

  EXPECT_EQ(parsed.session(), session);
  EXPECT_EQ(parsed.generation(), 1);
  EXPECT_EQ(parsed.digest(), token.digest());
  EXPECT_EQ(text_of(parsed), text);
}

TEST_F(RefreshTokenTest, RefusesEveryFlippedBit) {
  const auto bytes = core::base64url_decode(text.substr(4)).value();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    ASSERT_EQ(outcome(keyring, "spr_" + core::base64url_encode(flipped)), "refresh_token_invalid") << "bit " << bit;
  }
}

TEST_F(RefreshTokenTest, RefusesEveryOtherLength) {
  for (std::size_t size = 0; size < text.size(); ++size) {
    ASSERT_EQ(outcome(keyring, text.substr(0, size)), "refresh_token_invalid") << size;
  }
  for (const auto& longer : {text + "A", text + "AAAA", text + "=", text + text, text + std::string(100'000, 'A')}) {
    EXPECT_EQ(outcome(keyring, longer), "refresh_token_invalid");
  }
}

TEST_F(RefreshTokenTest, RefusesOtherSpellings) {
  EXPECT_EQ(outcome(keyring, "sps_" + text.substr(4)), "refresh_token_invalid");
  EXPECT_EQ(outcome(keyring, "SPR_" + text.substr(4)), "refresh_token_invalid");
  EXPECT_EQ(outcome(keyring, " " + text), "refresh_token_invalid");
  EXPECT_EQ(outcome(keyring, ""), "refresh_token_invalid");
  EXPECT_EQ(outcome(keyring, std::string_view("spr_\0", 5)), "refresh_token_invalid");
}

TEST_F(RefreshTokenTest, RefusesATokenOfAnotherServersKey) {
  const crypto::Keyring foreign(crypto::MasterKey::generate(random));

  EXPECT_EQ(outcome(foreign, text), "refresh_token_invalid");
}

TEST_F(RefreshTokenTest, FirstTokensDifferThoughTheSessionIsTheSame) {
  EXPECT_NE(RefreshToken::first(keyring, session, random).digest(), token.digest());
}

TEST_F(RefreshTokenTest, TheSuccessorIsTheSameForTheSameNonceAndNoOther) {
  const auto nonce = random.bytes<32>();
  const auto successor = token.successor(keyring, nonce);

  EXPECT_EQ(token.successor(keyring, nonce).digest(), successor.digest());
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    auto other = nonce;
    other[i] ^= 1;
    EXPECT_NE(token.successor(keyring, other).digest(), successor.digest());
  }
  EXPECT_EQ(successor.session(), session);
  EXPECT_EQ(successor.generation(), 2);
}

TEST_F(RefreshTokenTest, TheSuccessorDependsOnTheTokenItself) {
  const auto nonce = random.bytes<32>();
  const auto stranger = RefreshToken::first(keyring, session, random);

  EXPECT_NE(stranger.successor(keyring, nonce).digest(), token.successor(keyring, nonce).digest());
}

TEST_F(RefreshTokenTest, AParsedTokenHasTheSuccessorOfTheOriginal) {
  const auto nonce = random.bytes<32>();
  const auto parsed = RefreshToken::parse(keyring, text).value();

  const auto successor = parsed.successor(keyring, nonce);

  EXPECT_EQ(successor.digest(), token.successor(keyring, nonce).digest());
  EXPECT_EQ(outcome(keyring, text_of(successor)), "");
}

TEST_F(RefreshTokenTest, AFamilyNeverRepeatsAToken) {
  std::set<core::Digest> digests{token.digest()};
  auto current = token.successor(keyring, {});
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(digests.insert(current.digest()).second);
    current = current.successor(keyring, {});
  }
  EXPECT_EQ(current.generation(), 102);
}

TEST_F(RefreshTokenTest, AfterARotationOfTheMasterKeyOldTokensStillWorkAndGetSuccessorsOfTheNewKey) {
  const std::string old_key = core::base64url_encode(random.bytes<32>());
  const std::string new_key = core::base64url_encode(random.bytes<32>());
  const auto ring = [](const std::string& lines) {
    return crypto::Keyring(crypto::MasterKey::parse(core::Secret("sallyport-master-key-v1\n" + lines)).value());
  };
  const auto before = ring("1 " + old_key + "\n");
  const auto after = ring("1 " + old_key + "\n2 " + new_key + "\n");
  const auto only_new = ring("2 " + new_key + "\n");
  const auto old_token = RefreshToken::first(before, session, random);

  const auto successor = text_of(old_token.successor(after, {}));

  EXPECT_EQ(outcome(after, text_of(old_token)), "");
  EXPECT_EQ(outcome(after, successor), "");
  EXPECT_EQ(outcome(only_new, successor), "");
  EXPECT_EQ(outcome(before, successor), "refresh_token_invalid");
}

RC_GTEST_PROP(RefreshTokenText, NoChangeOfALetterIsAccepted, ()) {
  core::FakeRandom random;
  const core::FakeClock clock;
  const crypto::Keyring keyring{crypto::MasterKey::generate(random)};
  const auto session = core::SessionId::fresh(clock.now(), random);
  auto text = text_of(RefreshToken::first(keyring, session, random));
  RC_ASSERT(outcome(keyring, text).empty());

  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const auto letter = *rc::gen::distinctFrom(text[at]);
  text[at] = letter;

  RC_ASSERT(outcome(keyring, text) == "refresh_token_invalid");
}

RC_GTEST_PROP(SessionTokenText, IsFoundByItsOwnTextOnly, ()) {
  core::FakeRandom random(*rc::gen::arbitrary<std::uint64_t>());
  const auto token = SessionToken::fresh(random);
  const auto secret = token.text();
  std::string text(secret.reveal());
  RC_ASSERT(text.size() == 47U);
  RC_ASSERT(SessionToken::digest_of(text) == token.digest());

  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  text[at] = *rc::gen::distinctFrom(text[at]);

  RC_ASSERT(SessionToken::digest_of(text) != token.digest());
}

}  // namespace
}  // namespace sallyport::sessions
