#include "crypto/password_verifier.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::crypto {
namespace {

// 16 bytes of salt and 32 of hash.
#define SALT "c2FsdHNhbHRzYWx0c2FsdA"
#define HASH "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8"

std::string_view code_of(std::string_view stored) {
  const auto verifier = PasswordVerifier::parse(stored);
  return verifier ? "" : verifier.error().code;
}

rc::Gen<core::Bytes> bytes(std::size_t min_size, std::size_t max_size) {
  return rc::gen::mapcat(rc::gen::inRange(min_size, max_size + 1), [](std::size_t size) {
    return rc::gen::container<core::Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
  });
}

}  // namespace

TEST(PasswordVerifier, ReadsThePartsOfAPlainString) {
  const auto verifier = PasswordVerifier::parse("$argon2id$v=19$m=19456,t=2,p=1$" SALT "$" HASH);

  ASSERT_TRUE(verifier);
  EXPECT_FALSE(verifier->pepper);
  EXPECT_EQ(verifier->parameters, (Argon2Parameters{.memory_kib = 19456, .passes = 2, .lanes = 1}));
  EXPECT_EQ(core::as_text(verifier->salt), "saltsaltsaltsalt");
  EXPECT_EQ(verifier->hash.size(), 32U);
  EXPECT_EQ(verifier->hash.back(), 0xFF);
}

TEST(PasswordVerifier, ReadsThePepperOfAPepperedString) {
  const auto verifier =
      PasswordVerifier::parse("$sp1$k=7$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$" SALT "$" HASH);

  ASSERT_TRUE(verifier);
  ASSERT_TRUE(verifier->pepper);
  EXPECT_EQ(verifier->pepper->version, 7U);
  EXPECT_EQ(verifier->pepper->salt, core::Bytes(16));
  EXPECT_EQ(core::as_text(verifier->salt), "saltsaltsaltsalt");
}

TEST(PasswordVerifier, NamesForeignSchemes) {
  for (const std::string_view stored : {"", "$2b$12$abcdefghijklmnopqrstuv", "$argon2i$v=19$m=8,t=1,p=1$" SALT "$" HASH,
                                        "$sp2$k=1", "$scrypt$ln=15", "plain text", "argon2id$v=19"}) {
    SCOPED_TRACE(stored);
    EXPECT_EQ(code_of(stored), "verifier_scheme_unknown");
  }
}

TEST(PasswordVerifier, RefusesEveryOtherSpelling) {
  for (const std::string_view stored : {
           "$argon2id$",
           "$argon2id$v=16$m=8,t=1,p=1$" SALT "$" HASH,
           "$argon2id$m=8,t=1,p=1$" SALT "$" HASH,
           "$argon2id$v=19$m=08,t=1,p=1$" SALT "$" HASH,
           "$argon2id$v=19$m=+8,t=1,p=1$" SALT "$" HASH,
           "$argon2id$v=19$m=,t=1,p=1$" SALT "$" HASH,
           "$argon2id$v=19$t=1,m=8,p=1$" SALT "$" HASH,
           "$argon2id$v=19$m=8,t=1,p=1,keyid=x$" SALT "$" HASH,
           "$argon2id$v=19$m=8,t=1,p=1$" SALT,
           "$argon2id$v=19$m=8,t=1,p=1$" SALT "$",
           "$argon2id$v=19$m=8,t=1,p=1$" SALT "$" HASH "$",
           "$argon2id$v=19$m=8,t=1,p=1$" SALT "$" HASH "=",
           "$argon2id$v=19$m=8,t=1,p=1$" SALT "$" HASH "\n",
           "$argon2id$v=19$m=8,t=1,p=1$" SALT "$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv9",  // unused bits
           "$argon2id$v=19$m=8,t=1,p=1$" SALT "$-AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8",  // base64url
           "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$" HASH,                                          // four bytes of salt
           "$argon2id$v=19$m=8,t=1,p=1$" SALT "$AAECAwQFBgc",                                  // eight of hash
           "$sp1$argon2id$v=19$m=8,t=1,p=1$" SALT "$" SALT "$" HASH,
           "$sp1$k=1$argon2id$v=19$m=8,t=1,p=1$" SALT "$" HASH,
           "$sp1$k=4294967296$argon2id$v=19$m=8,t=1,p=1$" SALT "$" SALT "$" HASH,
           "$argon2id$v=19$m=8,t=1,p=1$" SALT "$" SALT "$" HASH,
       }) {
    SCOPED_TRACE(stored);
    EXPECT_EQ(code_of(stored), "verifier_malformed");
  }
  EXPECT_EQ(code_of("$argon2id$v=19$m=8,t=1,p=1$" SALT "$" + std::string(100'000, 'A')), "verifier_malformed");
}

TEST(PasswordVerifier, RefusesCostsThatWouldExhaustTheMachine) {
  const auto costs = [](std::string_view parameters) {
    return code_of("$argon2id$v=19$" + std::string(parameters) + "$" SALT "$" HASH);
  };

  for (const auto* fine : {"m=8,t=1,p=1", "m=1048576,t=4,p=1", "m=65536,t=64,p=1", "m=128,t=1,p=16"})
    EXPECT_EQ(costs(fine), "") << fine;
  for (const auto* too_much : {"m=7,t=1,p=1", "m=1048577,t=1,p=1", "m=1048576,t=5,p=1", "m=8,t=65,p=1", "m=8,t=0,p=1",
                               "m=8,t=1,p=0", "m=136,t=1,p=17", "m=8,t=1,p=2", "m=4294967295,t=4294967295,p=1",
                               "m=4294967304,t=1,p=1", "m=8,t=1,p=536870913"})
    EXPECT_EQ(costs(too_much), "verifier_malformed") << too_much;
}

RC_GTEST_PROP(PasswordVerifierProperty, WhatIsWrittenReadsBackTheSame, ()) {
  PasswordVerifier verifier{.parameters = {.memory_kib = *rc::gen::inRange(128U, 65'536U),
                                           .passes = *rc::gen::inRange(1U, 65U),
                                           .lanes = *rc::gen::inRange(1U, 17U)},
                            .salt = *bytes(8, 64),
                            .hash = *bytes(16, 64)};
  if (*rc::gen::arbitrary<bool>()) verifier.pepper.emplace(*rc::gen::arbitrary<std::uint32_t>(), *bytes(8, 64));

  const auto back = PasswordVerifier::parse(verifier.str());

  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == verifier);
}

RC_GTEST_PROP(PasswordVerifierProperty, WhatIsReadIsWrittenTheSame, ()) {
  std::string stored = "$sp1$k=3$argon2id$v=19$m=64,t=2,p=1$" SALT "$" SALT "$" HASH;
  const auto at = *rc::gen::inRange<std::size_t>(0, stored.size());
  stored[at] = *rc::gen::elementOf(std::string_view("AQgwz0189+/=-_$,"));

  const auto verifier = PasswordVerifier::parse(stored);

  const auto written = verifier ? verifier->str() : stored;
  RC_ASSERT(written == stored);
}

}  // namespace sallyport::crypto
