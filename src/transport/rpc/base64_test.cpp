#include "transport/rpc/base64.h"

#include <gtest/gtest.h>

namespace sallyport::transport::rpc {
namespace {

std::string encoded(std::string_view bytes, Padding padding) {
  std::string out;
  append_base64(out, bytes, padding);
  return out;
}

TEST(Base64, WritesTheVectorsOfRfc4648) {
  static constexpr struct {
    std::string_view bytes, padded, bare;
  } cases[] = {{"", "", ""},
               {"f", "Zg==", "Zg"},
               {"fo", "Zm8=", "Zm8"},
               {"foo", "Zm9v", "Zm9v"},
               {"foob", "Zm9vYg==", "Zm9vYg"},
               {"fooba", "Zm9vYmE=", "Zm9vYmE"},
               {"foobar", "Zm9vYmFy", "Zm9vYmFy"}};
  for (const auto& [bytes, padded, bare] : cases) {
    EXPECT_EQ(encoded(bytes, Padding::yes), padded);
    EXPECT_EQ(encoded(bytes, Padding::no), bare);
    EXPECT_EQ(decode_base64(padded), bytes);
    EXPECT_EQ(decode_base64(bare), bytes);
  }
}

TEST(Base64, IsReadInEitherAlphabet) {
  EXPECT_EQ(decode_base64("-_-_"), decode_base64("+/+/"));
  EXPECT_EQ(decode_base64("+/+/"), "\xfb\xff\xbf");
}

TEST(Base64, IsNothingWhereItIsNone) {
  for (const auto* text : {"A", "AAAAA", "A===", "AA=A", "=", "====", "AA A", "AA\n", "Zm9v=", "Zg="})
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}

TEST(Base64Stream, GoesOnAfterPadding) {
  std::string out;
  Base64Stream stream;

  ASSERT_TRUE(stream.feed("Zg==Zm8=Zm9v", out));

  EXPECT_EQ(out, "ffofoo");
  EXPECT_TRUE(stream.is_whole());
}

TEST(Base64Stream, DoesNotCareWhereItIsCut) {
  static constexpr std::string_view text = "Zg==Zm8=Zm9vYmFyZm9vYg==";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::string out;
    Base64Stream stream;
    ASSERT_TRUE(stream.feed(text.substr(0, cut), out));
    ASSERT_TRUE(stream.feed(text.substr(cut), out));
    EXPECT_EQ(out, "ffofoobarfoob");
    EXPECT_TRUE(stream.is_whole());
  }
}

TEST(Base64Stream, IsBrokenForGoodByWhatIsNone) {
  for (const auto* text : {"Z===", "=AAA", "Zg=A", "Zg=\n", "Z g="}) {
    std::string out;
    Base64Stream stream;
    EXPECT_FALSE(stream.feed(text, out)) << text;
    EXPECT_FALSE(stream.feed("AAAA", out));
    EXPECT_FALSE(stream.is_whole());
    EXPECT_EQ(out, "");
  }
}

}  // namespace
}  // namespace sallyport::transport::rpc
