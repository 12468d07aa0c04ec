#include "transport/rpc/envelope.h"

#include <gtest/gtest.h>

namespace sallyport::transport::rpc {
namespace {

std::string envelope(std::string_view payload, std::uint8_t flags = 0) {
  std::string out;
  append_envelope_head(out, flags, payload.size());
  return out.append(payload);
}

TEST(Envelope, BeginsWithFlagsAndTheLengthInNetworkOrder) {
  std::string out;
  const auto at = open_envelope(out);
  out.append(258, 'x');
  close_envelope(out, at, trailers_flag);

  EXPECT_EQ(out.substr(0, 5), std::string("\x80\x00\x00\x01\x02", 5));
  EXPECT_EQ(out, envelope(std::string(258, 'x'), trailers_flag));
}

TEST(EnvelopeReader, ReadsTheSameHoweverTheBytesAreCut) {
  const auto bytes = envelope("one") + envelope("", compressed_flag) + envelope("three");
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      EnvelopeReader reader(5);
      std::string seen;
      for (const auto piece :
           {std::string_view(bytes).substr(0, first), std::string_view(bytes).substr(first, second - first),
            std::string_view(bytes).substr(second)}) {
        reader.feed(piece);
        for (;;) {
          const auto next = reader.next();
          ASSERT_TRUE(next);
          if (!*next) break;
          seen += std::to_string((*next)->flags) + std::string((*next)->payload) + ';';
        }
      }
      EXPECT_EQ(seen, "0one;1;0three;");
      EXPECT_TRUE(reader.is_between_envelopes());
    }
  }
}

TEST(EnvelopeReader, DoesNotCopyWhatCameWhole) {
  const auto bytes = envelope("one") + envelope("two");
  EnvelopeReader reader(16);
  reader.feed(bytes);

  const auto first = reader.next();

  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->payload.data(), bytes.data() + envelope_head_size);
}

TEST(EnvelopeReader, RefusesWhatIsAnnouncedAsTooLargeBeforeItComes) {
  EnvelopeReader reader(5);
  const auto whole = envelope("123456").substr(0, envelope_head_size);

  reader.feed(std::string_view(whole).substr(0, 2));
  EXPECT_TRUE(reader.next());
  reader.feed(std::string_view(whole).substr(2));
  for (int i = 0; i < 2; ++i) {
    const auto refused = reader.next();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "body_too_large");
  }
}

TEST(EnvelopeReader, RefusesWhatIsTooLargeAlsoWhenItIsThere) {
  const auto whole = envelope("123456");
  EnvelopeReader reader(5);
  reader.feed(whole);

  EXPECT_FALSE(reader.next());
}

TEST(EnvelopeReader, KnowsThatSomethingIsMissing) {
  const auto bytes = envelope("one").substr(0, 7);
  EnvelopeReader reader(16);
  reader.feed(bytes);

  EXPECT_EQ(reader.next().value(), std::nullopt);
  EXPECT_FALSE(reader.is_between_envelopes());
}

}  // namespace
}  // namespace sallyport::transport::rpc
