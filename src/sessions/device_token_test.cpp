#include "sessions/device_token.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/fake_random.h"

namespace sallyport::sessions {
namespace {

class DeviceTokenTest : public testing::Test {
 protected:
  std::optional<DeviceToken> parse(std::string_view text) const {
    return DeviceToken::parse(keyring, text, clock.now());
  }
  static std::string text_of(const DeviceToken& token) {
    const auto text = token.text();
    return std::string(text.reveal());
  }
  static core::Bytes subject(const DeviceToken& token) {
    const auto view = token.counter_subject();
    return {view.begin(), view.end()};
  }
  DeviceToken made(std::string_view device_id) const {
    return DeviceToken::make(keyring, account, 7, device_id, clock.now());
  }

  core::FakeRandom random;
  core::FakeClock clock;
  crypto::Keyring keyring{crypto::MasterKey::generate(random)};
  core::AccountId account = core::AccountId::fresh(clock.now(), random);
  std::string own_id = "AAECAwQFBgcICQoLDA0ODw";  ///< 16 bytes
};

TEST_F(DeviceTokenTest, SaysWhoseItIsAndOnWhichDevice) {
  const auto token = parse(text_of(made(own_id)));

  ASSERT_TRUE(token);
  EXPECT_EQ(token->account(), account);
  EXPECT_EQ(token->credential_version(), 7);
  EXPECT_EQ(token->device_id(), own_id);
}

TEST_F(DeviceTokenTest, HoldsNoNameThatAClientGaveItself) {
  const auto token = made("ann's phone");

  EXPECT_EQ(parse(text_of(token))->device_id(), std::nullopt);
  EXPECT_EQ(subject(token), subject(made("ann's phone")));
  EXPECT_NE(subject(token), subject(made("ann's laptop")));
}

TEST_F(DeviceTokenTest, AFreshOneOfTheSameDeviceIsCountedWithTheOldOne) {
  const auto before = made(own_id);
  clock.advance(std::chrono::days{3});

  EXPECT_NE(text_of(made(own_id)), text_of(before));
  EXPECT_EQ(subject(made(own_id)), subject(before));
}

TEST_F(DeviceTokenTest, AccountDeviceAndCredentialsAreCountedApart) {
  const auto other = core::AccountId::fresh(clock.now(), random);

  EXPECT_NE(subject(DeviceToken::make(keyring, other, 7, own_id, clock.now())), subject(made(own_id)));
  EXPECT_NE(subject(DeviceToken::make(keyring, account, 8, own_id, clock.now())), subject(made(own_id)));
}

TEST_F(DeviceTokenTest, IsGoodForFourHundredDays) {
  const auto token = made(own_id);
  clock.advance(DeviceToken::lifetime);
  EXPECT_TRUE(parse(text_of(token)));

  clock.advance(std::chrono::microseconds{1});
  EXPECT_FALSE(parse(text_of(token)));
}

TEST_F(DeviceTokenTest, CannotBeChangedInAnyCharacter) {
  const auto text = text_of(made(own_id));
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto changed = text;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(parse(changed)) << at;
    EXPECT_FALSE(parse(std::string_view(text).substr(0, at)));
  }
  EXPECT_FALSE(parse(text + "A"));
}

TEST_F(DeviceTokenTest, IsOfOneKeyring) {
  const crypto::Keyring other{crypto::MasterKey::generate(random)};

  EXPECT_FALSE(DeviceToken::parse(other, text_of(made(own_id)), clock.now()));
}

}  // namespace
}  // namespace sallyport::sessions
