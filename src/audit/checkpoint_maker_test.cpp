#include "audit/checkpoint_maker.h"

#include <gtest/gtest.h>

#include "audit/checkpoint_keys_for_test.h"

namespace sallyport::audit {
namespace {

class AuditCheckpointMaker : public testing::Test {
 protected:
  static StreamHead head(std::uint8_t stream, std::int64_t sequence) {
    return {{stream}, sequence, {stream, static_cast<std::uint8_t>(sequence)}};
  }
  MadeCheckpoint make(std::vector<StreamHead> heads, std::optional<StoredCheckpoint> newest = {},
                      MakeCheckpoint when = MakeCheckpoint::if_changed) {
    return maker.make({std::move(heads), std::move(newest), removal, removed_with}, at, when);
  }
  static std::vector<StreamHead> heads_of(const MadeCheckpoint& made) {
    return parse_checkpoint(made.checkpoint.document.text)->heads;
  }
  void remove_through(const StoredCheckpoint& checkpoint) {
    removed_with = checkpoint;
    const Removal decided{checkpoint.number, digest_of(checkpoint.document), at};
    removal = StoredRemoval{decided.checkpoint, decided.at, keys.sign(to_text(decided))};
  }

  const CheckpointKeys keys = checkpoint_keys_for_test();
  const CheckpointMaker maker{keys};
  const core::Timestamp at{std::chrono::seconds{1'000}};
  std::optional<StoredRemoval> removal;
  std::optional<StoredCheckpoint> removed_with;
};

TEST_F(AuditCheckpointMaker, SignsAllHeadsAndContinuesTheOneBefore) {
  const auto first = make({head(1, 5), head(2, 9)});
  const auto second = make({head(1, 6), head(2, 9)}, first.checkpoint);

  EXPECT_EQ(keys.judge(second.checkpoint.document), CheckpointKeys::Judgement::good);
  const auto said = parse_checkpoint(second.checkpoint.document.text);
  EXPECT_EQ(said, (Checkpoint{2, at, digest_of(first.checkpoint.document), 0, {head(1, 6), head(2, 9)}}));
  EXPECT_EQ(second.cut, std::vector<CutStream>{});
  EXPECT_FALSE(second.was_previous_altered);
}

TEST_F(AuditCheckpointMaker, MakesNoneThatWouldSayTheSameUnlessToldTo) {
  const auto first = make({head(1, 5)});

  const auto same = make({head(1, 5)}, first.checkpoint);
  EXPECT_FALSE(same.is_new);
  EXPECT_EQ(same.checkpoint.document, first.checkpoint.document);
  EXPECT_EQ(make({head(1, 5)}, first.checkpoint, MakeCheckpoint::always).checkpoint.number, 2);
}

TEST_F(AuditCheckpointMaker, WhatIsGoneIsToldAndStaysKnown) {
  const auto first = make({head(1, 5), head(2, 9), head(3, 1)});

  const auto second = make({head(1, 4), head(3, 2)}, first.checkpoint);

  EXPECT_EQ(second.cut, (std::vector<CutStream>{{{1}, 4, 5}, {{2}, 0, 9}}));
  EXPECT_EQ(heads_of(second), (std::vector{head(1, 5), head(2, 9), head(3, 2)}));
}

TEST_F(AuditCheckpointMaker, AnotherRowInThePlaceOfAKnownOneIsToldToo) {
  auto other = head(1, 5);
  other.hash[0] ^= 1;

  const auto second = make({other}, make({head(1, 5)}).checkpoint);

  EXPECT_EQ(second.cut, (std::vector<CutStream>{{{1}, 5, 5}}));
  EXPECT_EQ(heads_of(second), std::vector{head(1, 5)});
}

TEST_F(AuditCheckpointMaker, WhatRetentionRemovedMayBeGone) {
  const auto first = make({head(1, 5), head(2, 9)});
  remove_through(first.checkpoint);

  const auto second = make({head(2, 10)}, first.checkpoint);

  EXPECT_EQ(second.cut, std::vector<CutStream>{});
  EXPECT_EQ(parse_checkpoint(second.checkpoint.document.text),
            (Checkpoint{2, at, digest_of(first.checkpoint.document), 1, {head(2, 10)}}));
}

TEST_F(AuditCheckpointMaker, AForgedRemovalExcusesNothingAndIsNotForgotten) {
  const auto first = make({head(1, 5)});
  remove_through(first.checkpoint);
  const auto second = make({head(2, 1)}, first.checkpoint);
  removal->document.signature[0] ^= 1;

  const auto forged = make({}, second.checkpoint);
  removal.reset();
  const auto taken_away = make({head(2, 2)}, second.checkpoint);

  EXPECT_EQ(forged.cut, (std::vector<CutStream>{{{2}, 0, 1}}));
  EXPECT_EQ(parse_checkpoint(taken_away.checkpoint.document.text)->removed_through, 1);
}

TEST_F(AuditCheckpointMaker, OfAForgedOneBeforeNothingIsTaken) {
  auto forged = make({head(1, 5)}).checkpoint;
  forged.document.signature[0] ^= 1;

  const auto made = make({head(2, 1)}, forged);

  EXPECT_TRUE(made.was_previous_altered);
  EXPECT_TRUE(made.is_new);
  EXPECT_EQ(heads_of(made), std::vector{head(2, 1)});
  EXPECT_EQ(made.checkpoint.number, 2);
}

}  // namespace
}  // namespace sallyport::audit
