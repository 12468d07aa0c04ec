#include "accounts/accept_language.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace sallyport::accounts {
namespace {

constexpr std::string_view available[] = {"en", "de", "zh-Hant"};

std::string_view best(std::string_view header) {
  return AcceptLanguage::parse(header).best_of(available).value_or("none");
}

}  // namespace

TEST(AcceptLanguage, FindsTheLanguageThatIsPreferredOfThoseThereAre) {
  static constexpr std::pair<std::string_view, std::string_view> cases[] = {
      {"de", "de"},
      {"DE", "de"},
      {"de, en", "de"},
      {"en, de", "en"},
      {"en;q=0.5, de;q=0.8", "de"},
      {"da, en-gb;q=0.8, en;q=0.7", "en"},  // RFC 9110 §12.5.4's example
      {"de-CH-1996", "de"},
      {"fr-CH, fr;q=0.9, de;q=0.2", "de"},
      {"zh-Hant-CN-x-private1-private2", "zh-Hant"},  // RFC 4647 §3.4's example
      {"zh-Hant-a-b", "zh-Hant"},
      {"de;q=0.001", "de"},
      {" de \t;\tQ=1.000 ", "de"},
      {"en;q=1, de", "en"}};
  for (const auto& [header, language] : cases) {
    SCOPED_TRACE(header);
    EXPECT_EQ(best(header), language);
  }
}

TEST(AcceptLanguage, LeavesTheDefaultToTheCallerWhereNoneIsAskedFor) {
  for (const std::string_view header : {"", "*", "fr", "fr, *;q=0.5", "zh", "zh-Hans", "de;q=0", "de-CH, de;q=0",
                                        "de;q=0.000, *", "d", "x-de", "en_US", ",;,"}) {
    SCOPED_TRACE(header);
    EXPECT_EQ(best(header), "none");
  }
}

TEST(AcceptLanguage, PassesOverWhatIsMalformedAndReadsTheRest) {
  for (const std::string_view bad :
       {"en;q=2", "en;q=1.001", "en;q=0.1234", "en;q=", "en;q=-1", "en;q=.5", "en;level=1", "en;q=1;q=1", "en-", "-en",
        "en--us", "enenenene", "e\xcc\x81n", "1en", "en us", "en;", "\"en\""}) {
    SCOPED_TRACE(bad);
    const auto header = std::string(bad) + ", de;q=0.1";
    EXPECT_EQ(best(header), bad == "en;" ? "en" : "de");
  }
}

TEST(AcceptLanguage, ReadsTheFirstOfVeryMany) {
  std::string header;
  for (std::size_t i = 0; i < AcceptLanguage::most_ranges; ++i) header += "fr,";

  EXPECT_EQ(best(header + "de"), "none");
  EXPECT_EQ(best("de," + header), "de");
}

RC_GTEST_PROP(AcceptLanguage, GivesNothingButWhatThereIs, (const std::string& header)) {
  const auto found = AcceptLanguage::parse(header).best_of(available);
  if (found) RC_ASSERT(std::ranges::find(available, *found) != std::end(available));
}

}  // namespace sallyport::accounts
