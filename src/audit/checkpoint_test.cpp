#include "audit/checkpoint.h"

#include <gtest/gtest.h>

#include "audit/checkpoint_keys_for_test.h"

namespace sallyport::audit {
namespace {

using Judgement = CheckpointKeys::Judgement;

constexpr std::string_view zeros = "0000000000000000000000000000000000000000000000000000000000000000";

std::string two_streams() {
  return "sallyport audit checkpoint v1\n"
         "number 7\n"
         "at 1767225600000000\n"
         "previous " +
         std::string(zeros) +
         "\n"
         "removed 3\n"
         "streams 2\n"
         "00ff 150 " +
         std::string(zeros) +
         "\n"
         "0100 1 " +
         std::string(zeros) + "\n";
}

TEST(CheckpointText, IsOneTextThatReadsBackAsTheSame) {
  const Checkpoint checkpoint{.number = 7,
                              .at = core::Timestamp{std::chrono::microseconds{1'767'225'600'000'000}},
                              .previous = {},
                              .removed_through = 3,
                              .heads = {{{0x00, 0xff}, 150, {}}, {{0x01, 0x00}, 1, {}}}};

  EXPECT_EQ(to_text(checkpoint), two_streams());
  EXPECT_EQ(parse_checkpoint(two_streams()), checkpoint);
}

TEST(CheckpointText, AnyOtherWritingOfTheSameIsNothing) {
  static constexpr std::pair<std::string_view, std::string_view> changes[] = {{"v1", "v2"},
                                                                              {"number 7", "number 07"},
                                                                              {"number 7", "number  7"},
                                                                              {"number 7", "number +7"},
                                                                              {"number 7", ""},
                                                                              {"streams 2", "streams 1"},
                                                                              {"00ff", "00FF"},
                                                                              {"00ff", "0100"},
                                                                              {"00ff", "02ff"},
                                                                              {"150", "0150"},
                                                                              {" 150", ""},
                                                                              {"removed 3\n", ""},
                                                                              {"removed", "Removed"},
                                                                              {"at 1767", "at -01767"},
                                                                              {"0100 1", "0100  1"},
                                                                              {"\n0100", "\r\n0100"}};
  for (const auto& [from, to] : changes) {
    SCOPED_TRACE(to);
    auto text = two_streams();
    text.replace(text.find(from), from.size(), to);
    EXPECT_EQ(parse_checkpoint(text), std::nullopt);
  }
  for (std::size_t size = 0; size < two_streams().size(); ++size) {
    EXPECT_EQ(parse_checkpoint(two_streams().substr(0, size)), std::nullopt) << size;
  }
  EXPECT_EQ(parse_checkpoint(two_streams() + "\n"), std::nullopt);
  EXPECT_EQ(parse_checkpoint(two_streams() + "x"), std::nullopt);
}

TEST(RemovalText, IsOneTextThatReadsBackAsTheSame) {
  const Removal removal{.checkpoint = 7, .digest = {0xab}, .at = core::Timestamp{std::chrono::microseconds{42}}};
  const auto text = to_text(removal);

  EXPECT_TRUE(text.starts_with("sallyport audit removal v1\ncheckpoint 7\ndigest ab00"));
  EXPECT_EQ(parse_removal(text), removal);
  EXPECT_EQ(parse_removal(text + "\n"), std::nullopt);
  EXPECT_EQ(parse_removal(text.substr(0, text.size() - 1)), std::nullopt);
  EXPECT_EQ(parse_removal(two_streams()), std::nullopt);
  EXPECT_EQ(parse_checkpoint(text), std::nullopt);
}

TEST(CheckpointKeys, KnowWhatTheySignedAndNothingElse) {
  const auto keys = checkpoint_keys_for_test(1), others = checkpoint_keys_for_test(2);
  const auto good = keys.sign("a text");

  auto other_text = good, other_signature = good, no_signature = good, other_key = others.sign("a text");
  other_text.text += '\n';
  other_signature.signature[5] ^= 1;
  no_signature.signature.clear();

  EXPECT_EQ(keys.judge(good), Judgement::good);
  EXPECT_EQ(keys.judge(other_text), Judgement::forged);
  EXPECT_EQ(keys.judge(other_signature), Judgement::forged);
  EXPECT_EQ(keys.judge(no_signature), Judgement::forged);
  EXPECT_EQ(keys.judge(other_key), Judgement::unknown_key);
  other_key.key_id = good.key_id;
  EXPECT_EQ(keys.judge(other_key), Judgement::forged);
}

TEST(CheckpointKeys, AKeyOfTokensIsNoneOfTheirs) {
  core::FakeRandom random;
  std::vector<crypto::SigningKey> of_tokens;
  of_tokens.push_back(crypto::SigningKey::generate(random));

  EXPECT_THROW(CheckpointKeys{std::move(of_tokens)}, std::invalid_argument);
  EXPECT_THROW(CheckpointKeys{{}}, std::invalid_argument);
}

}  // namespace
}  // namespace sallyport::audit
