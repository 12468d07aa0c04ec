#include "accounts/display_name.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

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

RC_GTEST_PROP(DisplayNameParse, KeepsANameAsTypedHoweverItIsJoined, ()) {
  const std::vector<std::string> pieces{"a",  " ",      "Ö",  "李",     "\u0301", "\u200D",
                                        "👩", "\u3164", "\n", "\u202E", "\x80"};
  const auto chosen = *rc::gen::resize(8, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)));
  std::string text;
  for (const auto& piece : chosen) text += piece;
  const auto has = [&](std::string_view piece) { return std::ranges::find(chosen, piece) != chosen.end(); };

  const auto name = DisplayName::parse(text);

  if (name) RC_ASSERT(name->str() == text);
  if (has("\n") || has("\u202E") || has("\x80")) RC_ASSERT(!name);
  else if (has("a") || has("Ö") || has("李") || has("👩")) RC_ASSERT(name.has_value());
}

}  // namespace sallyport::accounts
