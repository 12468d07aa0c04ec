#include "accounts/display_name.h"

#include <gtest/gtest.h>

namespace sallyport::accounts {

TEST(DisplayNameParse, AcceptsNamesAndNamesWhatItRejects) {
  std::string longest;
  for (int i = 0; i < 255; ++i) longest += "Ö";
  const struct {
    std::string text;
    std::string_view code;
  } cases[] = {{"Ann Ö", ""},
               {" 李小龍 ", ""},
               {"👩‍🚀", ""},  // joined by U+200D
               {longest, ""},
               {longest + "x", "too_long"},
               {std::string(5000, 'x'), "too_long"},
               {"", "too_short"},
               {"  \u3000", "blank"},
               {"\u200B\u3164", "blank"},
               {"Ann\nLee", "contains_control_character"},
               {"Ann\u2028Lee", "contains_control_character"},
               {{"A\0n", 3}, "contains_control_character"},
               {"Ann\u202Egpj", "contains_control_character"},
               {"\x80", "not_utf8"}};
  for (const auto& [text, code] : cases) {
    SCOPED_TRACE(text);
    const auto name = DisplayName::parse(text);
    EXPECT_EQ(name ? "" : name.error().code, code);
    if (name) EXPECT_EQ(name->str(), text);
  }
}

}  // namespace sallyport::accounts
