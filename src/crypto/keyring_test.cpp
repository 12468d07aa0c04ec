#include "crypto/keyring.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "crypto/hex_for_test.h"

namespace sallyport::crypto {
namespace {

using core::as_bytes;
using core::Secret;

const std::string head = "sallyport-master-key-v1\n";
const std::string first_line = "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n";
const std::string second_line = "4 AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA\n";

Keyring keyring_of(const std::string& text) { return Keyring(MasterKey::parse(Secret(text)).value()); }

TEST(Keyring, DerivesTheSameKeysInEveryRelease) {
  const auto keyring = keyring_of(head + first_line);

  const auto pepper = keyring.derive(Purpose::pepper, 1);

  EXPECT_EQ(hex(pepper.reveal_bytes()), "7effe91b1040eb0f0214b8c0c25614ac89a89c2687dbaa426c1fe05e2904d831");
  EXPECT_EQ(hex(keyring.key_check(1)), "94d4cbd6dc4c145dc4b9c3de771b712ec105a09d5592ddab0db4154ad4af0836");
}

TEST(Keyring, GivesEveryPurposeAndVersionItsOwnKey) {
  const auto keyring = keyring_of(head + first_line + second_line);

  std::set<std::string> keys;
  for (const auto purpose : purposes)
    for (const std::uint32_t version : {1, 4}) {
      const auto key = keyring.derive(purpose, version);
      keys.emplace(key.reveal());
      EXPECT_EQ(keyring.mac_key(purpose, version)->mac({as_bytes("m")}), HmacKey(key).mac({as_bytes("m")}));
    }

  EXPECT_EQ(keys.size(), 2 * purposes.size());
}

TEST(Keyring, MakesNewTagsWithTheNewestVersion) {
  const auto keyring = keyring_of(head + first_line + second_line);

  EXPECT_EQ(keyring.current_version(), 4U);
  EXPECT_EQ(&keyring.mac_key(Purpose::refresh), keyring.mac_key(Purpose::refresh, 4));
}

TEST(Keyring, HasNoKeyOfAnUnknownVersion) {
  const auto keyring = keyring_of(head + first_line);

  EXPECT_TRUE(keyring.has_version(1));
  EXPECT_FALSE(keyring.has_version(2));
  EXPECT_EQ(keyring.mac_key(Purpose::refresh, 2), nullptr);
  EXPECT_THROW(keyring.derive(Purpose::refresh, 2), std::out_of_range);
  EXPECT_THROW(keyring.key_check(2), std::out_of_range);
}

TEST(Keyring, ChecksThatTheMasterKeyIsStillTheSame) {
  const auto before = keyring_of(head + first_line);
  const auto with_a_new_version = keyring_of(head + first_line + second_line);
  const auto another = keyring_of(head + "1" + second_line.substr(1));

  EXPECT_EQ(with_a_new_version.key_check(1), before.key_check(1));
  EXPECT_NE(another.key_check(1), before.key_check(1));
}

}  // namespace
}  // namespace sallyport::crypto
