#include "accounts/password_policy.h"

#include <gtest/gtest.h>

namespace sallyport::accounts {
namespace {

std::vector<std::string_view> broken_rules(std::string_view password, const PasswordRules& rules = {},
                                           std::string_view owner = "") {
  const auto email = Email::parse(owner);
  const PasswordPolicy policy(rules);
  std::vector<std::string_view> broken;
  for (const auto& [field, rule] : policy.violations(Password::parse(password).value(), email ? &*email : nullptr, "p"))
    broken.push_back(rule);
  return broken;
}

using Rules = std::vector<std::string_view>;

}  // namespace

TEST(PasswordPolicy, RefusesWhatIsGuessedFirst) {
  for (const auto* password : {"password123", "P@ssw0rd!", "qwertyuiop", "iloveyou2024", "123456789", "abcdefgh",
                               "aaaaaaaaaaaa", "passwordpassword"}) {
    SCOPED_TRACE(password);
    EXPECT_EQ(broken_rules(password), Rules{"too_common"});
  }
}

TEST(PasswordPolicy, AcceptsPhrasesAndRandomText) {
  for (const auto* password : {"correct-Horse-7-battery", "correct horse battery staple", "kJ8#mq2Lx9", "zvqxkwpj",
                               "пароль с длинным хвостом"}) {
    SCOPED_TRACE(password);
    EXPECT_EQ(broken_rules(password), Rules{});
  }
}

TEST(PasswordPolicy, CountsCodePointsRatherThanBytes) {
  EXPECT_EQ(broken_rules("жщфцъэю"), Rules{"too_short"});
  EXPECT_EQ(broken_rules("жщфцъэюя"), Rules{});
}

TEST(PasswordPolicy, JudgesALongPasswordByItsStrongerEnd) {
  EXPECT_EQ(broken_rules(std::string(128, 'a')), Rules{"too_common"});
  EXPECT_EQ(broken_rules(std::string(100, 'a') + "kJ8#mq2Lx9"), Rules{});
}

TEST(PasswordPolicy, RefusesThePartOfTheAddressBeforeTheAt) {
  EXPECT_EQ(broken_rules("xK9 ANN.Miller vQ7", {}, "Ann.Miller@example.org"), Rules{"contains_address"});
  EXPECT_EQ(broken_rules("xK9 J\u00DCRGEN vQ7", {}, "ju\u0308rgen@example.org"), Rules{"contains_address"});
  EXPECT_EQ(broken_rules("xK9 ann vQ7 zzT", {}, "ann@example.org"), Rules{});  // three letters: found by chance
  EXPECT_EQ(broken_rules("xK9 ANN.Miller vQ7", {.may_contain_address = true}, "ann.miller@example.org"), Rules{});
}

TEST(PasswordPolicy, RefusesTheNameOfTheProduct) {
  EXPECT_EQ(broken_rules("xK9 ACME shop vQ7", {.product_name = "Acme Shop"}), Rules{"contains_product_name"});
  EXPECT_EQ(broken_rules("xK9 ACME shop vQ7", {.product_name = ""}), Rules{});
}

TEST(PasswordPolicy, RefusesWordsThatWereRuledOut) {
  const PasswordRules rules{.forbidden_words = {"Springfield", "raven", "xyz"}};

  EXPECT_EQ(broken_rules("xK9 SPRINGfield vQ7", rules), Rules{"contains_forbidden_word"});
  EXPECT_EQ(broken_rules("xK9 ravens vQ7 raven", rules), Rules{"contains_forbidden_word"});
  EXPECT_EQ(broken_rules("xK9 xyz vQ7 qqT", rules), Rules{});  // three letters: found by chance
}

TEST(PasswordPolicy, NamesEveryRuleBrokenAndTheField) {
  const PasswordPolicy policy({.min_code_points = 12});
  const auto owner = Email::parse("password@example.org");

  const auto violations = policy.violations(Password::parse("password1").value(), &*owner, "new_password");

  EXPECT_EQ(violations,
            (std::vector<core::FieldError>{
                {"new_password", "too_short"}, {"new_password", "contains_address"}, {"new_password", "too_common"}}));
}

TEST(PasswordPolicy, EachRuleCanBeTurnedOff) {
  EXPECT_EQ(broken_rules("a", {.min_code_points = 1, .min_guess_bits = 0}), Rules{});
}

}  // namespace sallyport::accounts
