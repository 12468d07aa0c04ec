#include "core/timestamp_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::core {

TEST(TimestampText, WritesUtcWithMicroseconds) {
  using std::chrono::microseconds;
  EXPECT_EQ(to_rfc3339(Timestamp{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Timestamp{microseconds{1'709'210'096'000'007}}), "2024-02-29T12:34:56.000007Z");
}

RC_GTEST_PROP(TimestampText, IsOrderedAsTheTimesAre, ()) {
  static constexpr std::int64_t year_9999 = 253'402'300'799'999'999;
  const auto any = rc::gen::inRange<std::int64_t>(0, year_9999);
  const Timestamp one{std::chrono::microseconds{*any}}, other{std::chrono::microseconds{*any}};
  RC_ASSERT(to_rfc3339(one).size() == 27U);
  RC_ASSERT((one <=> other) == (to_rfc3339(one) <=> to_rfc3339(other)));
}

}  // namespace sallyport::core
