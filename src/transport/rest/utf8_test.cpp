#include "transport/rest/utf8.h"

#include <gtest/gtest.h>

namespace sallyport::transport::rest {

TEST(Utf8, AcceptsTheFirstAndLastOfEveryLength) {
  static constexpr struct {
    std::string_view text;
    std::size_t length;
  } cases[] = {{std::string_view("\0", 1), 1},
               {"\x7f", 1},
               {"\xc2\x80", 2},
               {"\xdf\xbf", 2},
               {"\xe0\xa0\x80", 3},
               {"\xed\x9f\xbf", 3},
               {"\xee\x80\x80", 3},
               {"\xef\xbf\xbf", 3},
               {"\xf0\x90\x80\x80", 4},
               {"\xf4\x8f\xbf\xbf", 4}};
  for (const auto& [text, length] : cases) {
    SCOPED_TRACE(text);
    EXPECT_EQ(utf8_sequence_length(text), length);
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(count_code_points(text), 1U);
  }
}

TEST(Utf8, RefusesOverlongFormsSurrogatesBytesOutOfRangeAndCutSequences) {
  for (const std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2", "\xe1\x80", "\xf1\x80\x80", "\xc2\xc2", "\xe1\x80\x41",
        "\xf1\x80\x80\x41"}) {
    SCOPED_TRACE(testing::PrintToString(text));
    EXPECT_EQ(utf8_sequence_length(text), 0U);
    EXPECT_FALSE(is_utf8(text));
    EXPECT_FALSE(is_utf8(std::string("eight ok").append(text)));
    EXPECT_FALSE(is_utf8(std::string(text).append("eight ok")));
  }
}

TEST(Utf8, NothingIsTextOfNoCodePoints) {
  EXPECT_TRUE(is_utf8({}));
  EXPECT_EQ(utf8_sequence_length({}), 0U);
  EXPECT_EQ(count_code_points({}), 0U);
}

}  // namespace sallyport::transport::rest
