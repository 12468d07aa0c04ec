#include "core/hex.h"

#include <gtest/gtest.h>

namespace sallyport::core {
namespace {

TEST(Hex, GivesTwoLowerCaseDigitsAByteAndReadsThemBack) {
  const Bytes bytes{0x00, 0x0f, 0xa5, 0xff};

  EXPECT_EQ(to_hex(bytes), "000fa5ff");
  EXPECT_EQ(parse_hex("000fa5ff"), bytes);
  EXPECT_EQ(parse_hex(""), Bytes{});
}

TEST(Hex, ReadsNothingElse) {
  for (const auto* text : {"0", "0g", "0A", "0x", " 00", "00 ", "-1"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_hex(text), std::nullopt);
  }
}

}  // namespace
}  // namespace sallyport::core
