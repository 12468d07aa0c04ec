#include "accounts/password.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::accounts {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

std::string_view code_of(std::string_view text) {
  const auto password = Password::parse(text);
  return password ? "" : password.error().code;
}

}  // namespace

TEST(PasswordParse, AcceptsOneTo128CodePointsAndNamesWhatItRejects) {
  EXPECT_EQ(code_of("x"), "");
  EXPECT_EQ(code_of(std::string(128, 'x')), "");
  EXPECT_EQ(code_of(repeated("\U0001F511", 128)), "");
  EXPECT_EQ(code_of("tab\tand bell\a"), "");

  EXPECT_EQ(code_of(""), "missing");
  EXPECT_EQ(code_of(std::string(129, 'x')), "too_long");
  EXPECT_EQ(code_of(std::string(1'000'000, 'x')), "too_long");
  EXPECT_EQ(code_of("open\xFFsesame"), "not_utf8");
  EXPECT_EQ(code_of(std::string_view("nul\0byte", 8)), "contains_control_character");
}

TEST(PasswordParse, CountsAfterNormalising) {
  EXPECT_EQ(code_of(repeated("\u03B1\u0313\u0300\u0345", 128)), "");  // U+1F82, the most that compose to one
  EXPECT_EQ(code_of(repeated("\uFDFA", 8)), "too_long");              // one becomes eighteen
  EXPECT_EQ(Password::parse("e\u0301")->code_points(), 1U);
}

TEST(PasswordParse, GivesOneTextForEverySpelling) {
  const auto composed = Password::parse("caf\u00E9 \u2168");
  const auto decomposed = Password::parse("cafe\u0301 IX");

  ASSERT_TRUE(composed && decomposed);
  EXPECT_EQ(composed->secret().reveal(), decomposed->secret().reveal());
  EXPECT_EQ(composed->secret().reveal(), "caf\u00E9 IX");
}

TEST(PasswordParse, KeepsLetterCaseAndSpaces) {
  const auto password = Password::parse("  Open Sesame ");
  EXPECT_EQ(password->secret().reveal(), "  Open Sesame ");
}

RC_GTEST_PROP(PasswordParse, ReadsWhatItGaveAsTheSamePassword, ()) {
  const auto letter =
      rc::gen::elementOf(std::vector<std::string>{"a", "Z", " ", "7", "\xC3\xA9", "e\xCC\x81", "\xE2\x85\xA8",
                                                  "\xEF\xAC\x81", "\xF0\x9F\x94\x91", "\xE1\x84\x80\xE1\x85\xA1"});
  const auto letters = *rc::gen::container<std::vector<std::string>>(*rc::gen::inRange(1, 200), letter);
  std::string text;
  for (const auto& one : letters) text += one;

  const auto password = Password::parse(text);

  if (!password) {
    RC_ASSERT(password.error().code == "too_long");
    return;
  }
  RC_ASSERT(password->code_points() >= 1U);
  RC_ASSERT(password->code_points() <= Password::max_code_points);
  const auto again = Password::parse(password->secret().reveal());
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->secret().reveal() == password->secret().reveal());
}

RC_GTEST_PROP(PasswordParse, NeverTakesWhatIsNoText, (const std::string& bytes)) {
  const auto password = Password::parse(bytes);
  RC_ASSERT((!password || bytes.find('\0') == std::string::npos));
  RC_ASSERT((!password || !bytes.empty()));
}

}  // namespace sallyport::accounts
