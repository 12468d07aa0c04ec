#include "transport/rpc/percent_encoding.h"

#include <gtest/gtest.h>

namespace sallyport::transport::rpc {
namespace {

TEST(PercentEncoding, LeavesWhatAHeaderCanHold) {
  static constexpr struct {
    std::string_view text, encoded;
  } cases[] = {{"", ""},
               {"There is no such account.", "There is no such account."},
               {"100%", "100%25"},
               {"a\r\nb\t\x7f", "a%0D%0Ab%09%7F"},
               {"Zürich ☺", "Z%C3%BCrich %E2%98%BA"},
               {std::string_view("\0~ ", 3), "%00~ "}};
  for (const auto& [text, encoded] : cases) {
    std::string out;
    append_percent_encoded(out, text);
    EXPECT_EQ(out, encoded);
  }
}

}  // namespace
}  // namespace sallyport::transport::rpc
