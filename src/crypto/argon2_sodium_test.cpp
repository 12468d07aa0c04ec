#include "crypto/argon2_sodium.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>

#include "core/fake_random.h"
#include "crypto/password_recipe.h"

namespace sallyport::crypto {
namespace {

constexpr Argon2Parameters cheap{.memory_kib = 8, .passes = 1};

}  // namespace

TEST(Argon2Sodium, OurPlainStringsVerifyWithLibsodium) {
  Argon2Sodium argon2;
  core::FakeRandom random;
  const PasswordRecipe recipe(argon2, random, {.memory_kib = 64, .passes = 3}, {});

  const auto stored = recipe.make(core::Secret("open sesame"))->str();

  EXPECT_EQ(crypto_pwhash_str_verify(stored.c_str(), "open sesame", 11), 0);
  EXPECT_NE(crypto_pwhash_str_verify(stored.c_str(), "open sesamE", 11), 0);
}

TEST(Argon2Sodium, LibsodiumsStringsVerifyHere) {
  Argon2Sodium argon2;
  core::FakeRandom random;
  const PasswordRecipe recipe(argon2, random, cheap, {});
  std::array<char, crypto_pwhash_STRBYTES> text{};
  ASSERT_EQ(crypto_pwhash_str_alg(text.data(), "open sesame", 11, 1, 8192, crypto_pwhash_ALG_ARGON2ID13), 0);

  const auto stored = PasswordVerifier::parse(text.data());

  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->str(), text.data());
  EXPECT_EQ(recipe.check(core::Secret("open sesame"), *stored).value(), Match::yes);
  EXPECT_EQ(recipe.check(core::Secret("open sesamE"), *stored).value(), Match::no);
}

TEST(Argon2Sodium, RefusesWhatLibsodiumCannotDo) {
  Argon2Sodium argon2;
  const core::Bytes password(8), salt(16), short_salt(8);
  core::Bytes out(32), short_out(8);
  const auto code_of = [](const core::Result<void>& hashed) { return hashed ? "" : hashed.error().code; };

  EXPECT_EQ(code_of(argon2.hash(password, salt, cheap, out)), "");
  EXPECT_EQ(code_of(argon2.hash(password, short_salt, cheap, out)), "argon2_unsupported");
  EXPECT_EQ(code_of(argon2.hash(password, salt, cheap, short_out)), "argon2_unsupported");
  EXPECT_EQ(code_of(argon2.hash(password, salt, {.memory_kib = 7, .passes = 1}, out)), "argon2_unsupported");
  EXPECT_EQ(code_of(argon2.hash(password, salt, {.memory_kib = 32, .passes = 1, .lanes = 4}, out)),
            "argon2_unsupported");
}

}  // namespace sallyport::crypto
