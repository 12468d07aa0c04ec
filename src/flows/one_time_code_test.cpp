#include "flows/one_time_code.h"

#include <gtest/gtest.h>

#include <deque>

#include "core/fake_random.h"

namespace sallyport::flows {
namespace {

constexpr core::Timestamp now{std::chrono::seconds{1'767'225'600}};

/// Gives the 32-bit numbers it was made of, highest byte first.
class ScriptedRandom final : public core::Random {
 public:
  ScriptedRandom(std::initializer_list<std::uint32_t> numbers) : numbers_(numbers) {}
  void fill(std::span<std::uint8_t> out) override {
    auto number = numbers_.front();
    numbers_.pop_front();
    for (auto& byte : out) {
      byte = static_cast<std::uint8_t>(number >> 24);
      number <<= 8;
    }
  }

 private:
  std::deque<std::uint32_t> numbers_;
};

std::string text_of(const OneTimeCode& code) {
  const auto text = code.text();
  return std::string(text.reveal());
}

TEST(OneTimeCodeTest, HasEightDigitsWithTheirZeros) {
  ScriptedRandom random{42, 4'199'999'999};

  EXPECT_EQ(text_of(OneTimeCode::fresh(random)), "00000042");
  EXPECT_EQ(text_of(OneTimeCode::fresh(random)), "99999999");
}

TEST(OneTimeCodeTest, ThrowsAwayNumbersThatWouldMakeSomeCodesLikelier) {
  ScriptedRandom random{4'200'000'000, 4'294'967'295, 7};

  EXPECT_EQ(text_of(OneTimeCode::fresh(random)), "00000007");
}

TEST(OneTimeCodeTest, IsReadWithSpacesAndHyphensInBetween) {
  for (const std::string_view text : {"12345678", "1234 5678", "1234-5678", " 12 34-56 78 "}) {
    SCOPED_TRACE(text);
    const auto code = OneTimeCode::parse(text);
    ASSERT_TRUE(code);
    EXPECT_EQ(text_of(*code), "12345678");
  }
}

TEST(OneTimeCodeTest, RefusesWhatIsNotEightDigits) {
  for (const std::string_view text : {"", "1234567", "123456789", "1234567a", "1234.5678", "--------", "+2345678"}) {
    SCOPED_TRACE(text);
    const auto code = OneTimeCode::parse(text);
    ASSERT_FALSE(code);
    EXPECT_EQ(code.error().code, "code_malformed");
  }
}

TEST(OneTimeCodeTest, IsKeptUnderAKeyAndForItsFlowOnly) {
  core::FakeRandom random;
  const crypto::Keyring keyring(crypto::MasterKey::generate(random)), other(crypto::MasterKey::generate(random));
  const auto id = FlowId::fresh(now, random);
  const auto code = OneTimeCode::fresh(random);

  EXPECT_EQ(code.macs(keyring, id), std::vector{code.mac(keyring, id)});
  EXPECT_NE(code.mac(keyring, id), code.mac(other, id));
  EXPECT_NE(code.mac(keyring, id), code.mac(keyring, FlowId::fresh(now, random)));
}

TEST(OneTimeCodeTest, IsStillKnownAfterTheMasterKeyWasReplaced) {
  static constexpr std::string_view before = "sallyport-master-key-v1\n1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n";
  static constexpr std::string_view after =
      "sallyport-master-key-v1\n1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"
      "2 AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA\n";
  const auto keyring_of = [](std::string_view text) {
    return crypto::Keyring(crypto::MasterKey::parse(core::Secret(text)).value());
  };
  core::FakeRandom random;
  const auto id = FlowId::fresh(now, random);
  const auto code = OneTimeCode::fresh(random);

  const auto macs = code.macs(keyring_of(after), id);

  EXPECT_EQ(macs, (std::vector{code.mac(keyring_of(before), id), code.mac(keyring_of(after), id)}));
}

}  // namespace
}  // namespace sallyport::flows
