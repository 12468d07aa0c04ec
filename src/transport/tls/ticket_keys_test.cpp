#include "transport/tls/ticket_keys.h"

#include <gtest/gtest.h>

#include "core/fake_clock.h"
#include "core/fake_random.h"

namespace sallyport::transport::tls {
namespace {

struct TicketKeysTest : testing::Test {
  core::FakeClock clock;
  core::FakeRandom random;
  TicketKeys keys{clock, random};
  bool is_current = false;
};

TEST_F(TicketKeysTest, SealWithOneKeyUntilItsTimeIsOver) {
  const auto first = keys.current();
  clock.advance(TicketKeys::lifetime - std::chrono::seconds{1});
  EXPECT_EQ(keys.current().name, first.name);

  clock.advance(std::chrono::seconds{1});
  EXPECT_NE(keys.current().name, first.name);
  EXPECT_NE(keys.current().aes, first.aes);
}

TEST_F(TicketKeysTest, OpenTheTicketsOfTheKeyBeforeAndAskForNewOnes) {
  const auto first = keys.current();
  ASSERT_TRUE(keys.find(first.name, is_current));
  EXPECT_TRUE(is_current);

  clock.advance(TicketKeys::lifetime);
  const auto found = keys.find(first.name, is_current);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->hmac, first.hmac);
  EXPECT_FALSE(is_current);
}

TEST_F(TicketKeysTest, ForgetAKeyTwoLifetimesAfterItWasMadeEvenIfNobodyCameMeanwhile) {
  const auto first = keys.current();
  clock.advance(2 * TicketKeys::lifetime);
  keys.rotate_if_due();

  EXPECT_FALSE(keys.find(first.name, is_current));
}

TEST_F(TicketKeysTest, DoNotKnowAForeignName) {
  std::array<std::uint8_t, TicketKeys::name_size> name{};
  EXPECT_FALSE(keys.find(name, is_current));
}

}  // namespace
}  // namespace sallyport::transport::tls
