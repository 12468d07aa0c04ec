#include "transport/rpc/timeout.h"

#include <gtest/gtest.h>

namespace sallyport::transport::rpc {
namespace {

using std::chrono::milliseconds;

TEST(Timeout, OfGrpcHasAUnitAndIsRoundedUp) {
  static constexpr struct {
    std::string_view text;
    milliseconds time;
  } cases[] = {
      {"1H", milliseconds{3'600'000}}, {"2M", milliseconds{120'000}},  {"15S", milliseconds{15'000}},
      {"200m", milliseconds{200}},     {"1u", milliseconds{1}},        {"1000001n", milliseconds{2}},
      {"0S", milliseconds{0}},         {"99999999H", longest_timeout}, {"99999999m", milliseconds{99'999'999}}};
  for (const auto& [text, time] : cases) EXPECT_EQ(parse_grpc_timeout(text), time) << text;
  for (const auto* text : {"", "S", "1", "1s", "-1S", "+1S", "1.5S", " 1S", "1S ", "123456789S", "1 S", "0x1S"})
    EXPECT_EQ(parse_grpc_timeout(text), std::nullopt) << text;
}

TEST(Timeout, OfConnectIsMilliseconds) {
  EXPECT_EQ(parse_connect_timeout("200"), milliseconds{200});
  EXPECT_EQ(parse_connect_timeout("0"), milliseconds{0});
  EXPECT_EQ(parse_connect_timeout("9999999999"), longest_timeout);
  for (const auto* text : {"", "12345678901", "-1", "1m", "1.0", " 1"})
    EXPECT_EQ(parse_connect_timeout(text), std::nullopt) << text;
}

}  // namespace
}  // namespace sallyport::transport::rpc
