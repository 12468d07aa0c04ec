#include "core/hex.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

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

RC_GTEST_PROP(Hex, EveryTextThatIsReadIsTheOneThatIsWritten, (const Bytes& bytes, const std::string& text)) {
  RC_ASSERT(parse_hex(to_hex(bytes)) == bytes);
  const auto read = parse_hex(text);
  RC_ASSERT((!read || to_hex(*read) == text));
}

}  // namespace
}  // namespace sallyport::core
