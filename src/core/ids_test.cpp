#include "core/ids.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/fake_random.h"

namespace sallyport::core {

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

}  // namespace sallyport::core
