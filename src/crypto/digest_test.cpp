#include "crypto/digest.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "crypto/hex_for_test.h"

namespace sallyport::crypto {
namespace {

using core::as_bytes;
using core::Secret;

TEST(Sha256, GivesTheExamplesOfFips180) {
  EXPECT_EQ(hex(sha256(as_bytes(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(as_bytes(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, HashesPartsAsOneText) {
  EXPECT_EQ(sha256({as_bytes("a"), as_bytes(""), as_bytes("bc")}), sha256(as_bytes("abc")));
}

TEST(HmacSha256, GivesTheExamplesOfRfc4231) {
  static const struct {
    std::string key, message, tag;
  } cases[] = {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {text_of_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
       "hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& [key, message, tag] : cases) {
    SCOPED_TRACE(message);
    EXPECT_EQ(hex(HmacKey(Secret(key)).mac({as_bytes(message)})), tag);
  }
}

TEST(HmacSha256, TakesAnEmptyKey) {
  const HmacKey key{Secret(std::string_view())};

  const auto tag = key.mac({});

  EXPECT_EQ(hex(tag), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacSha256, StartsEachTagAfresh) {
  const HmacKey key{Secret("Jefe")};

  const auto first = key.mac({as_bytes("what do ya want "), as_bytes("for nothing?")});
  const auto second = key.mac({as_bytes("what do ya want for nothing?")});

  EXPECT_EQ(first, second);
}

TEST(HmacSha256, WorksFromManyThreadsAndAfterBeingMoved) {
  HmacKey made{Secret("Jefe")};
  const auto expected = made.mac({as_bytes("message")});
  const auto key = std::move(made);

  std::vector<int> wrong(40);  // more threads than the key keeps contexts for
  std::vector<std::jthread> threads;
  for (auto& count : wrong)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) count += key.mac({as_bytes("message")}) != expected;
    });
  threads.clear();

  EXPECT_EQ(wrong, std::vector<int>(40));
}

TEST(Equal, ComparesContentsAndSizes) {
  EXPECT_TRUE(equal(as_bytes("token"), as_bytes("token")));
  EXPECT_TRUE(equal({}, {}));
  EXPECT_FALSE(equal(as_bytes("token"), as_bytes("tokem")));
  EXPECT_FALSE(equal(as_bytes("token"), as_bytes("toke")));
}

TEST(HkdfSha256, GivesTheExamplesOfRfc5869) {
  std::string key, salt, label;
  for (int i = 0x00; i <= 0x4f; ++i) key += static_cast<char>(i);
  for (int i = 0x60; i <= 0xaf; ++i) salt += static_cast<char>(i);
  for (int i = 0xb0; i <= 0xff; ++i) label += static_cast<char>(i);

  const auto first = hkdf_sha256(Secret(std::string(22, '\x0b')), text_of_hex("000102030405060708090a0b0c"),
                                 text_of_hex("f0f1f2f3f4f5f6f7f8f9"), 42);
  const auto long_inputs = hkdf_sha256(Secret(key), salt, label, 82);
  const auto no_salt = hkdf_sha256(Secret(std::string(22, '\x0b')), "", "", 42);

  EXPECT_EQ(hex(first.reveal_bytes()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(
      hex(long_inputs.reveal_bytes()),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f"
      "09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(hex(no_salt.reveal_bytes()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(HkdfSha256, RefusesMoreThanTheStandardGives) {
  const Secret key("key");

  EXPECT_EQ(hkdf_sha256(key, "", "", 8160).size(), 8160U);
  EXPECT_THROW(hkdf_sha256(key, "", "", 8161), std::length_error);
}

}  // namespace
}  // namespace sallyport::crypto
