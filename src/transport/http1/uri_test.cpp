#include "transport/http1/uri.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace sallyport::transport::http1 {

TEST(PercentDecode, TakesSegmentsApartFromTheirEscapes) {
  std::string out = "left over";
  for (const auto& [text, wanted] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"", ""},
                                                                  {"plain-._~", "plain-._~"},
                                                                  {"a%2Fb%2fc", "a/b/c"},
                                                                  {"%C3%a4", "\xc3\xa4"},
                                                                  {"a+b", "a+b"},
                                                                  {"%2525", "%25"}}) {
    SCOPED_TRACE(text);
    EXPECT_TRUE(percent_decode_segment(text, out));
    EXPECT_EQ(out, wanted);
  }
  EXPECT_TRUE(percent_decode_query("a+b%2B", out));
  EXPECT_EQ(out, "a b+");
}

TEST(PercentDecode, RefusesBrokenEscapesAndNul) {
  std::string out;
  for (const std::string_view text : {"%", "a%", "%4", "%4g", "%g4", "%%41", "%-1", "%+1", "% 1", "a%00", "%u0041"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(percent_decode_segment(text, out));
    EXPECT_FALSE(percent_decode_query(text, out));
  }
  EXPECT_FALSE(percent_decode_segment(std::string_view("a\0b", 3), out));
}

TEST(QueryParameters, AreVisitedInOrderStillEncoded) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  const auto split = [](std::string_view query) {
    Pairs pairs;
    for_each_query_parameter(query,
                             [&](std::string_view name, std::string_view value) { pairs.emplace_back(name, value); });
    return pairs;
  };

  EXPECT_EQ(split(""), Pairs{});
  EXPECT_EQ(split("&&"), Pairs{});
  EXPECT_EQ(split("a=1&b&=c&a=2=3&d="), (Pairs{{"a", "1"}, {"b", ""}, {"", "c"}, {"a", "2=3"}, {"d", ""}}));
  EXPECT_EQ(split("&x=%26+y;z=1&"), (Pairs{{"x", "%26+y;z=1"}}));
}

}  // namespace sallyport::transport::http1
