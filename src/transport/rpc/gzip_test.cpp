#include "transport/rpc/gzip.h"

#include <gtest/gtest.h>

namespace sallyport::transport::rpc {
namespace {

std::string zipped(std::string_view bytes) {
  std::string out;
  append_gzip(out, bytes);
  return out;
}

std::string_view refusal(const core::Result<std::string>& unzipped) { return unzipped ? "" : unzipped.error().code; }

TEST(Gzip, GivesBackWhatItWasGiven) {
  std::string noise;
  for (unsigned i = 0, state = 1; i < 20'000; ++i)
    noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  for (const auto& bytes : {std::string(), std::string("a"), std::string(100'000, 'a'), noise})
    EXPECT_EQ(gunzip(zipped(bytes), bytes.size()), bytes);
}

TEST(Gzip, ReadsAMemberOfAnotherMake) {  // printf hello | gzip -n
  static constexpr std::string_view hello(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", 25);

  EXPECT_EQ(gunzip(hello, 5), "hello");
}

TEST(Gzip, StopsAtTheLimit) {
  const auto bomb = zipped(std::string(100'000'000, '\0'));
  ASSERT_LT(bomb.size(), 100'000);

  EXPECT_EQ(refusal(gunzip(bomb, 64 * 1024)), "body_too_large");
  EXPECT_EQ(refusal(gunzip(zipped("12345"), 4)), "body_too_large");
  EXPECT_EQ(gunzip(zipped("12345"), 5), "12345");
}

TEST(Gzip, RefusesWhatIsBrokenCutShortOrFollowedByMore) {
  const auto good = zipped("hello");
  auto wrong_sum = good;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  for (const auto& bytes : {std::string(), std::string("hello"), wrong_sum, good + "x", good + good})
    EXPECT_EQ(refusal(gunzip(bytes, 100)), "message_malformed");
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(refusal(gunzip(std::string_view(good).substr(0, size), 100)), "message_malformed") << size;
}

}  // namespace
}  // namespace sallyport::transport::rpc
