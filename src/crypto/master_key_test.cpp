#include "crypto/master_key.h"

#include <gtest/gtest.h>

#include <string>

#include "core/fake_random.h"

namespace sallyport::crypto {
namespace {

using core::Secret;

// The bytes 0..31 and 1..32.
const std::string first_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const std::string second_key = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";

TEST(MasterKey, ReadsItsOwnText) {
  core::FakeRandom random;
  const auto text = MasterKey::generate(random).serialise();

  const auto read = MasterKey::parse(text);

  ASSERT_TRUE(read);
  EXPECT_EQ(read->current_version(), 1U);
  const auto again = read->serialise();
  EXPECT_EQ(again.reveal(), text.reveal());
}

TEST(MasterKey, KeepsVersionsInOrderAndTakesTheLastAsCurrent) {
  const Secret text("sallyport-master-key-v1\n3 " + first_key + "\n10 " + second_key);

  const auto read = MasterKey::parse(text);

  ASSERT_TRUE(read) << read.error().log_detail;
  EXPECT_EQ(read->current_version(), 10U);
  ASSERT_EQ(read->versions().size(), 2U);
  EXPECT_EQ(read->versions()[0].number, 3U);
  EXPECT_EQ(read->versions()[0].key.reveal_bytes()[31], 31);
}

TEST(MasterKey, AFreshVersionIsTheCurrentOneAndTheOldOnesStay) {
  core::FakeRandom random;
  const auto first = MasterKey::generate(random);

  const auto third = first.with_fresh_version(random).with_fresh_version(random);

  EXPECT_EQ(third.current_version(), 3);
  const auto text = third.serialise(), of_first = first.serialise();
  EXPECT_TRUE(text.reveal().starts_with(of_first.reveal()));
  EXPECT_TRUE(MasterKey::parse(text));
}

TEST(MasterKey, SaysWhatIsWrongWithATextAndWhereWithoutQuotingIt) {
  const std::string head = "sallyport-master-key-v1\n";
  const struct {
    std::string text, code, detail;
  } cases[] = {
      {"", "master_key_malformed", "line 1: not \"sallyport-master-key-v1\""},
      {"sallyport-master-key-v2\n1 " + first_key, "master_key_malformed", "line 1: not"},
      {head, "master_key_malformed", "line 2: there is no key"},
      {head + first_key, "master_key_malformed", "line 2: not a version, a space and a key"},
      {head + "1 " + first_key + "\n\n", "master_key_malformed", "line 3: not a version, a space and a key"},
      {head + " " + first_key, "master_key_malformed", "line 2: the version is not a number"},
      {head + "0 " + first_key, "master_key_malformed", "line 2: the version is not a number"},
      {head + "01 " + first_key, "master_key_malformed", "line 2: the version is not a number"},
      {head + "-1 " + first_key, "master_key_malformed", "line 2: the version is not a number"},
      {head + "4294967296 " + first_key, "master_key_malformed", "line 2: the version is not a number"},
      {head + "2 " + first_key + "\n2 " + second_key, "master_key_malformed", "line 3: versions must grow"},
      {head + "2 " + first_key + "\n1 " + second_key, "master_key_malformed", "line 3: versions must grow"},
      {head + "1 " + first_key.substr(1), "master_key_malformed", "line 2: the key is not 32 bytes"},
      {head + "1 " + first_key + "=", "master_key_malformed", "line 2: the key is not 32 bytes"},
      {head + "1  " + first_key, "master_key_malformed", "line 2: the key is not 32 bytes"},
      {head + "1 " + first_key + "\r\n", "master_key_malformed", "line 2: the key is not 32 bytes"},
      {head + "1 " + std::string(43, 'A'), "master_key_weak", "line 2: all bytes of the key are equal"},
      {head + "1 " + std::string(42, '_') + "8", "master_key_weak", "line 2: all bytes of the key are equal"},
      {head + "1 " + first_key + "\n2 " + first_key, "master_key_weak", "line 3: the key repeats version 1"},
  };
  for (const auto& [text, code, detail] : cases) {
    SCOPED_TRACE(text);

    const auto read = MasterKey::parse(Secret(text));

    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().fault, core::Fault::invalid);
    EXPECT_EQ(read.error().code, code);
    EXPECT_NE(read.error().log_detail.find(detail), std::string::npos) << read.error().log_detail;
    EXPECT_EQ(read.error().log_detail.find(first_key.substr(1, 10)), std::string::npos);
  }
}

}  // namespace
}  // namespace sallyport::crypto
