#include "core/ids.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/fake_clock.h"
#include "core/fake_random.h"

namespace sallyport::core {

TEST(Uuid, IsReadWithoutHyphensWhereThatIsAsked) {
  const auto uuid = Uuid::parse("018f0000-0000-7000-8000-0000000000Ab");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(Uuid::parse_digits("018f0000000070008000000000000 0ab"), std::nullopt);
  EXPECT_EQ(Uuid::parse_digits("018f000000007000800000000000 0ab"), std::nullopt);
  EXPECT_EQ(Uuid::parse_digits("018F00000000700080000000000000AB"), uuid);
  EXPECT_EQ(Uuid::parse_digits(uuid->str()), uuid);
  EXPECT_EQ(Uuid::parse("018f00000000700080000000000000ab"), std::nullopt);
}

TEST(Uuid, VersionSevenCarriesTheMillisecondAndTheVersionBits) {
  FakeRandom random;
  const Timestamp at{std::chrono::milliseconds{0x017F22E279B0}};  // RFC 9562 appendix A.6

  const auto text = Uuid::v7(at, random).str();

  EXPECT_EQ(text.substr(0, 15), "017f22e2-79b0-7");
  EXPECT_NE(std::string_view("89ab").find(text[19]), std::string_view::npos);
}

TEST(Uuid, LaterOnesSortAfterEarlierOnes) {
  FakeRandom random;
  FakeClock clock;
  const auto earlier = Uuid::v7(clock.now(), random);

  clock.advance(std::chrono::milliseconds{1});

  EXPECT_LT(earlier, Uuid::v7(clock.now(), random));
}

TEST(Uuid, TheFirstOfAMillisecondSortsBeforeAllOfItAndBehindAllBefore) {
  FakeRandom random;
  FakeClock clock;
  const auto earlier = Uuid::v7(clock.now(), random);
  clock.advance(std::chrono::milliseconds{1});

  const auto first = Uuid::first_v7(clock.now() + std::chrono::microseconds{999});

  EXPECT_LT(earlier, first);
  EXPECT_LT(first, Uuid::v7(clock.now(), random));
}

TEST(Uuid, ParsesEitherCaseAndNothingElse) {
  const auto uuid = Uuid::parse("017F22E2-79b0-7CC3-98C4-DC0C0C07398F");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->str(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  for (const std::string_view text :
       {"", "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f}"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(Uuid::parse(text));
  }
}

RC_GTEST_PROP(Uuid, ReadsBackItsTextAndItsBytes, ()) {
  const auto bytes = *rc::gen::container<Bytes>(16, rc::gen::arbitrary<std::uint8_t>());
  const auto uuid = Uuid::from_bytes(bytes);
  RC_ASSERT(uuid.has_value());
  RC_ASSERT(Bytes(uuid->bytes().begin(), uuid->bytes().end()) == bytes);
  RC_ASSERT(Uuid::parse(uuid->str()) == uuid);
}

RC_GTEST_PROP(Uuid, AreOrderedAsTheirTextsAre, ()) {
  const auto any = rc::gen::container<Bytes>(16, rc::gen::element<std::uint8_t>(0, 1, 0x0f, 0x7f, 0x80, 0xff));
  const auto one = *Uuid::from_bytes(*any), other = *Uuid::from_bytes(*any);
  RC_ASSERT((one <=> other) == (one.str() <=> other.str()));
}

}  // namespace sallyport::core
