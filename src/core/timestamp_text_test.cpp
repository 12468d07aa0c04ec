#include "core/timestamp_text.h"

#include <gtest/gtest.h>

namespace sallyport::core {

TEST(TimestampText, WritesUtcWithMicroseconds) {
  using std::chrono::microseconds;
  EXPECT_EQ(to_rfc3339(Timestamp{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Timestamp{microseconds{1'709'210'096'000'007}}), "2024-02-29T12:34:56.000007Z");
}

}  // namespace sallyport::core
