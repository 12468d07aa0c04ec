#include "core/base64url.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::core {

TEST(Base64Url, WritesTokensAfterTheirPrefix) {
  const auto text = token_text("spx_", as_bytes("fooba"));
  EXPECT_EQ(text.reveal(), "spx_Zm9vYmE");
}

TEST(Base64Url, MatchesTheVectorsOfRfc4648) {
  static constexpr struct {
    std::string_view bytes, text;
  } cases[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
               {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
  for (const auto& [bytes, text] : cases) {
    SCOPED_TRACE(text);
    EXPECT_EQ(base64url_encode(as_bytes(bytes)), text);
    const auto back = base64url_decode(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(as_text(*back), bytes);
  }
}

TEST(Base64Url, RefusesEveryOtherSpelling) {
  for (const std::string_view text : {"Zg==", "Zg=", "Z", "Zh", "Zm9", "Zm 8", "Zm+v", "Zm/v", "Zm9v\n", "Zm9vY"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(base64url_decode(text));
  }
}

RC_GTEST_PROP(Base64Url, ReadsBackWhatItWrote, (const Bytes& bytes)) {
  const auto text = base64url_encode(bytes);
  RC_ASSERT(text.size() == (bytes.size() * 4 + 2) / 3);
  RC_ASSERT(base64url_decode(text) == bytes);
}

RC_GTEST_PROP(Base64Url, HasOneSpellingOfEverything, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AQgw09-_Zz+/=")));
  const auto bytes = base64url_decode(text);
  if (bytes) RC_ASSERT(base64url_encode(*bytes) == text);
}

}  // namespace sallyport::core
