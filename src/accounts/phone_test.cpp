#include "accounts/phone.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

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

RC_GTEST_PROP(PhoneParse, TakesWhatHasAPlusAndSevenToFifteenDigits, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("+0123456789 -")));
  const auto first = *rc::gen::elementOf(std::vector<std::string>{"", "+", "+4", "+0", "+4930123"});
  const auto phone = Phone::parse(first + text);
  const auto digits = (first + text).substr(first.starts_with('+') || text.starts_with('+') ? 1 : 0);
  const bool is_one = (first + text).starts_with('+') && digits.size() >= 7 && digits.size() <= 15 &&
                      digits.front() != '0' && digits.find_first_not_of("0123456789") == std::string::npos;
  RC_ASSERT(phone.has_value() == is_one);
  if (phone) RC_ASSERT(phone->str() == first + text);
}

}  // namespace sallyport::accounts
