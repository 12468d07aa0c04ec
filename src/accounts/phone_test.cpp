#include "accounts/phone.h"

#include <gtest/gtest.h>

namespace sallyport::accounts {

TEST(PhoneParse, AcceptsE164AndNothingElse) {
  for (const std::string_view text : {"+4930123456", "+1234567", "+123456789012345"}) {
    SCOPED_TRACE(text);
    const auto phone = Phone::parse(text);
    ASSERT_TRUE(phone);
    EXPECT_EQ(phone->str(), text);
  }
  for (const std::string_view text : {"", "+", "4930123456", "+0930123456", "+123456", "+1234567890123456",
                                      "+49 30 123456", "+49-30-123456", "+4930123456x", "++930123456"}) {
    SCOPED_TRACE(text);
    const auto phone = Phone::parse(text);
    ASSERT_FALSE(phone);
    EXPECT_EQ(phone.error().code, "phone_malformed");
  }
}

}  // namespace sallyport::accounts
