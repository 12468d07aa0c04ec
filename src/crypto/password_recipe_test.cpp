#include "crypto/password_recipe.h"

#include <gtest/gtest.h>

#include "core/fake_random.h"
#include "crypto/argon2_sodium.h"

namespace sallyport::crypto {
namespace {

constexpr Argon2Parameters cheap{.memory_kib = 8, .passes = 1};

Peppers peppers(std::initializer_list<std::uint32_t> versions, std::optional<std::uint32_t> current) {
  Peppers made{.current = current};
  for (const auto version : versions)
    made.by_version.emplace(version, HmacKey(core::Secret("pepper " + std::to_string(version))));
  return made;
}

class PasswordRecipeTest : public testing::Test {
 protected:
  PasswordRecipe recipe(Peppers with = {}, Argon2Parameters parameters = cheap) {
    return PasswordRecipe(argon2_, random_, parameters, std::move(with));
  }
  Argon2Sodium argon2_;
  core::FakeRandom random_;
  const core::Secret password_{"open sesame"};
  const core::Secret wrong_{"open sesamE"};
};

}  // namespace

TEST_F(PasswordRecipeTest, ChecksWhatItMadeWithAndWithoutPepper) {
  const auto with_pepper = recipe(peppers({1}, 1));
  const auto without = recipe();
  for (const auto* each : {&with_pepper, &without}) {
    const auto made = each->make(password_).value();
    SCOPED_TRACE(made.str());
    EXPECT_EQ(each->check(password_, made).value(), Match::yes);
    EXPECT_EQ(each->check(wrong_, made).value(), Match::no);
  }
  EXPECT_TRUE(with_pepper.make(password_)->str().starts_with("$sp1$k=1$argon2id$v=19$m=8,t=1,p=1$"));
  EXPECT_TRUE(without.make(password_)->str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
}

TEST_F(PasswordRecipeTest, SaltsEveryVerifierAnew) {
  const auto with_pepper = recipe(peppers({1}, 1));
  const auto one = with_pepper.make(password_).value();
  const auto other = with_pepper.make(password_).value();

  EXPECT_NE(one.salt, other.salt);
  EXPECT_NE(one.pepper->salt, other.pepper->salt);
  EXPECT_NE(one.salt, one.pepper->salt);
  EXPECT_NE(one.hash, other.hash);
}

TEST_F(PasswordRecipeTest, HashesTheMacOfSaltAndPasswordUnderThePepper) {
  const auto made = recipe(peppers({1}, 1)).make(password_).value();

  core::Bytes salted = made.pepper->salt;
  salted.insert(salted.end(), password_.reveal_bytes().begin(), password_.reveal_bytes().end());
  const auto mac = HmacKey(core::Secret("pepper 1")).mac({salted});
  core::Bytes expected(32);
  ASSERT_TRUE(argon2_.hash(mac, made.salt, cheap, expected));
  EXPECT_EQ(made.hash, expected);
}

TEST_F(PasswordRecipeTest, SaysWhenAVerifierIsOutdated) {
  const auto now = recipe(peppers({1, 2}, 2));
  const auto older_pepper = recipe(peppers({1}, 1)).make(password_).value();
  const auto no_pepper = recipe().make(password_).value();
  const auto other_cost = recipe(peppers({2}, 2), {.memory_kib = 16, .passes = 1}).make(password_).value();

  for (const auto* outdated : {&older_pepper, &no_pepper, &other_cost}) {
    EXPECT_EQ(now.check(password_, *outdated).value(), Match::yes_but_outdated);
    EXPECT_EQ(now.check(wrong_, *outdated).value(), Match::no);
  }
  EXPECT_EQ(recipe(peppers({1}, std::nullopt)).check(password_, older_pepper).value(), Match::yes_but_outdated);
}

TEST_F(PasswordRecipeTest, NeedsThePepperAVerifierNames) {
  const auto made = recipe(peppers({1}, 1)).make(password_).value();
  EXPECT_EQ(recipe(peppers({2}, 2)).check(password_, made).error().code, "pepper_unknown");
}

TEST_F(PasswordRecipeTest, TheDummyCostsWhatANewVerifierCostsAndMatchesNothing) {
  const auto now = recipe(peppers({1}, 1));

  EXPECT_EQ(now.dummy().str().size(), now.make(password_)->str().size());
  EXPECT_EQ(now.dummy().parameters, cheap);
  EXPECT_EQ(now.check(password_, now.dummy()).value(), Match::no);
  EXPECT_NE(now.dummy(), recipe(peppers({1}, 1)).dummy());
}

TEST_F(PasswordRecipeTest, RefusesAConfigurationThatCannotWork) {
  EXPECT_THROW(recipe({}, {.memory_kib = 4}), std::invalid_argument);
  EXPECT_THROW(recipe(peppers({1}, 2)), std::invalid_argument);
}

}  // namespace sallyport::crypto
