#include "accounts/locale.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::accounts {

TEST(LocaleParse, AcceptsWellFormedTags) {  // most from RFC 5646 appendix A
  for (const std::string_view text :
       {"de", "en-US", "zh-Hant", "zh-cmn-Hans-CN", "sr-Latn-RS", "sl-rozaj-biske", "de-CH-1901", "sl-IT-nedis",
        "hy-Latn-IT-arevela", "es-419", "de-CH-x-phonebk", "az-Arab-x-AZE-derbend", "x-whatever", "qaa-Qaaa-QM-x-s",
        "en-US-u-islamcal", "zh-CN-a-myext-x-private", "en-a-myext-b-another", "i18n1234"}) {
    SCOPED_TRACE(text);
    const bool is_language = text != "i18n1234";
    EXPECT_EQ(Locale::parse(text).has_value(), is_language);
  }
}

TEST(LocaleParse, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "-",
                                      "e",
                                      "en-",
                                      "-en",
                                      "en--US",
                                      "en_US",
                                      "de-419-DE",
                                      "a-DE",
                                      "en-a",
                                      "en-a-x-b",
                                      "en-x",
                                      "x",
                                      "en-u",
                                      "toolonglang",
                                      "en-verylongsubtag",
                                      "en-US.UTF-8",
                                      "en US",
                                      "e\u00F1",
                                      "i-klingon",
                                      "../../etc"}) {
    SCOPED_TRACE(text);
    const auto locale = Locale::parse(text);
    ASSERT_FALSE(locale);
    EXPECT_EQ(locale.error().code, "locale_malformed");
  }
}

TEST(LocaleParse, StopsAt35Characters) {
  EXPECT_TRUE(Locale::parse("en-Latn-US-variant1-variant2-x-abcd"));
  EXPECT_EQ(Locale::parse("en-Latn-US-variant1-variant2-x-abcde").error().code, "too_long");
}

RC_GTEST_PROP(LocaleParse, KeepsATagAsTypedAndMindsNoLetterCase, ()) {
  const auto subtag = rc::gen::elementOf(std::vector<std::string>{"de", "zh", "cmn", "Hant", "CN", "419", "1901",
                                                                  "rozaj", "a", "u", "x", "x1", "islamcal"});
  const auto subtags = *rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(subtag));
  auto text = std::string("en");
  for (const auto& part : subtags) text += '-' + part;
  auto in_capitals = text;
  for (char& c : in_capitals)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');

  const auto locale = Locale::parse(text);

  RC_ASSERT(Locale::parse(in_capitals).has_value() == locale.has_value());
  if (locale) RC_ASSERT(locale->str() == text && text.size() <= Locale::max_size);
}

}  // namespace sallyport::accounts
