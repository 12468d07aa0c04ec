#include "audit/log_check.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "audit/chain.h"
#include "audit/checkpoint_keys_for_test.h"
#include "audit/checkpoint_maker.h"
#include "core/fake_random.h"

namespace sallyport::audit {
namespace {

using Kind = Finding::Kind;

/// A log with two streams of five rows and two checkpoints: at rows 3 and 4, and at the end.
class AuditLogCheck : public testing::Test {
 protected:
  AuditLogCheck() {
    grow(1, 3);
    grow(2, 4);
    checkpoint();
    grow(1, 2);
    grow(2, 1);
    checkpoint();
  }
  void grow(std::uint8_t stream, int rows_more) {
    auto [chain, is_new] = chains.try_emplace(stream, StreamId{stream}, key, random);
    for (int i = 0; i < rows_more; ++i) {
      const Entry entry{Event::signed_in, now, std::nullopt, std::nullopt, {.ip = "192.0.2.7"}};
      const auto row = chain->second.append(entry);
      const auto& id = chain->second.stream();
      const RowPlace place{{id.begin(), id.end()}, row.sequence};
      rows[place] = {.place = place,
                     .at = now,
                     .event = std::string(to_text(entry.event)),
                     .account = {},
                     .session = {},
                     .person_commitment = row.person_commitment,
                     .previous = row.previous,
                     .hash = row.hash,
                     .person = FoundRow::Person{{row.salt.begin(), row.salt.end()}, row.person}};
    }
  }
  void checkpoint() {
    CheckpointMaker::Found found{{}, {}, removal, {}};
    for (const auto& [place, row] : rows) {
      if (found.heads.empty() || found.heads.back().stream != place.stream)
        found.heads.push_back({place.stream, 0, {}});
      found.heads.back() = {place.stream, place.sequence, row.hash};
    }
    if (!checkpoints.empty()) found.newest = checkpoints.back();
    if (removal) {
      const auto named = std::ranges::find(checkpoints, removal->checkpoint, &StoredCheckpoint::number);
      if (named != checkpoints.end()) found.removed_with = *named;
    }
    now += std::chrono::seconds{60};
    checkpoints.push_back(maker.make(std::move(found), now, MakeCheckpoint::always).checkpoint);
  }
  void record_removal(std::size_t of) {
    const Removal decided{checkpoints[of].number, digest_of(checkpoints[of].document), now};
    removal = StoredRemoval{decided.checkpoint, decided.at, keys.sign(to_text(decided))};
  }
  void cut(std::uint8_t stream, std::int64_t first, std::int64_t last) {
    std::erase_if(rows, [&](const auto& entry) {
      const auto& place = entry.first;
      return place.stream[0] == stream && place.sequence >= first && place.sequence <= last;
    });
  }
  Verdict verify(const std::vector<SignedText>& exported = {}) {
    LogCheck check(keys, {&key});
    check.see(removal);
    for (const auto& stored : checkpoints) check.see(stored);
    for (const auto& document : exported) check.see(document, "a file");
    for (const auto& [place, row] : rows) check.see(row);
    return check.finish();
  }
  /// Kind and stream or number of each finding, in order.
  std::vector<std::pair<Kind, std::int64_t>> findings(const std::vector<SignedText>& exported = {}) {
    std::vector<std::pair<Kind, std::int64_t>> found;
    for (const auto& finding : verify(exported).findings) {
      found.emplace_back(finding.kind, finding.stream.empty() ? finding.checkpoint : finding.stream[0]);
    }
    std::ranges::sort(found);
    return found;
  }
  using Findings = std::vector<std::pair<Kind, std::int64_t>>;

  core::FakeRandom random;
  const crypto::HmacKey key{core::Secret("binds persons")};
  const CheckpointKeys keys = checkpoint_keys_for_test();
  const CheckpointMaker maker{keys};
  core::Timestamp now{std::chrono::seconds{1'000}};
  std::map<std::uint8_t, Chain> chains;
  std::map<RowPlace, FoundRow> rows;
  std::vector<StoredCheckpoint> checkpoints;
  std::optional<StoredRemoval> removal;
};

TEST_F(AuditLogCheck, FindsNothingWrongWithAWholeLog) {
  grow(1, 2);  // since the newest checkpoint

  const auto verdict = verify({checkpoints[0].document, checkpoints[1].document});

  EXPECT_TRUE(verdict.is_intact());
  EXPECT_EQ(std::tuple(verdict.rows, verdict.streams, verdict.checkpoints), std::tuple(12, 2, 2));
  EXPECT_EQ(verdict.newest_checkpoint_at, checkpoints[1].at);
}

TEST_F(AuditLogCheck, NamesACutStreamWithItsLastRowAndTheOneThatIsKnown) {
  cut(1, 3, 5);

  const auto verdict = verify();

  ASSERT_EQ(verdict.findings.size(), 1U);
  const auto& finding = verdict.findings[0];
  EXPECT_EQ(finding.kind, Kind::stream_truncated);
  EXPECT_EQ(std::tuple(finding.sequence, finding.known, finding.checkpoint), std::tuple(2, 5, 2));
  EXPECT_EQ(sentence_of(finding),
            "stream 01000000000000000000000000000000 ends at row 2, but checkpoint 2 of 1970-01-01T00:18:40.000000Z "
            "knows row 5");
}

TEST_F(AuditLogCheck, NamesAStreamThatIsGone) {
  cut(2, 1, 5);

  EXPECT_EQ(findings(), (Findings{{Kind::stream_removed, 2}}));
}

TEST_F(AuditLogCheck, NamesAStreamThatWasWrittenAnewFromSomeRowOn) {
  chains.at(1).rewind({.sequence = 3, .hash = rows.at({{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 3}).hash});
  now += std::chrono::seconds{1};

  grow(1, 2);

  EXPECT_EQ(findings(), (Findings{{Kind::stream_rewritten, 1}}));
}

TEST_F(AuditLogCheck, KnowsFromAnExportedCheckpointWhatTheStoreForgot) {
  const auto exported = checkpoints[1].document;
  checkpoints.pop_back();
  cut(1, 5, 5);
  EXPECT_EQ(findings(), Findings{});

  EXPECT_EQ(findings({exported}), (Findings{{Kind::stream_truncated, 1}, {Kind::checkpoint_missing, 2}}));
}

TEST_F(AuditLogCheck, NamesForgedCheckpointsOfTheStoreAndOfFiles) {
  auto in_file = checkpoints[1].document;
  in_file.text.replace(in_file.text.find(" 5 "), 3, " 6 ");
  checkpoints[0].document.signature[0] ^= 1;
  EXPECT_EQ(findings({in_file}), (Findings{{Kind::checkpoint_forged, 1}, {Kind::checkpoint_forged, 2}}));
}

TEST_F(AuditLogCheck, ColumnsOfACheckpointAreWhatItsTextSays) {
  checkpoints[0].at += std::chrono::seconds{1};
  EXPECT_EQ(findings(), (Findings{{Kind::checkpoint_forged, 1}}));
}

TEST_F(AuditLogCheck, NamesCheckpointsOfAnotherKey) {
  const auto other = checkpoint_keys_for_test(8).sign(checkpoints[1].document.text);
  EXPECT_EQ(findings({other}), (Findings{{Kind::checkpoint_key_unknown, 2}}));
  checkpoints[0].document = checkpoint_keys_for_test(8).sign(checkpoints[0].document.text);
  EXPECT_EQ(findings(), (Findings{{Kind::checkpoint_key_unknown, 1}}));
}

TEST_F(AuditLogCheck, NamesACheckpointThatIsMissingAmongTheRecentOnes) {
  checkpoint();
  checkpoints.erase(checkpoints.begin() + 1);
  EXPECT_EQ(findings(), (Findings{{Kind::checkpoint_missing, 2}}));
}

TEST_F(AuditLogCheck, OldCheckpointsMayHaveBeenThinnedOut) {
  for (std::int64_t i = 0; i < recent_checkpoints; ++i) checkpoint();
  checkpoints.erase(checkpoints.begin());
  checkpoints.erase(checkpoints.begin());
  EXPECT_EQ(findings(), Findings{});
}

TEST_F(AuditLogCheck, NamesACheckpointInThePlaceOfAnExportedOne) {
  const auto exported = checkpoints[1].document;
  checkpoints.pop_back();
  now += std::chrono::seconds{1};
  checkpoint();

  EXPECT_EQ(findings({exported}), (Findings{{Kind::checkpoint_replaced, 2}}));
}

TEST_F(AuditLogCheck, NamesCheckpointsOfTwoHistories) {
  const auto first = checkpoints[0];
  checkpoints.clear();
  now += std::chrono::seconds{1};
  checkpoint();
  checkpoint();
  checkpoints[0] = first;

  EXPECT_EQ(findings(), (Findings{{Kind::checkpoint_replaced, 2}}));
}

TEST_F(AuditLogCheck, WhatIsRecordedAsRemovedMayBeGoneWhollyOrInPart) {
  const auto old = checkpoints[0].document;
  record_removal(0);
  for (std::int64_t last = 0; last <= 3; ++last) {
    SCOPED_TRACE(last);
    cut(1, 1, last);
    EXPECT_EQ(findings({old}), Findings{});
  }
  cut(2, 1, 4);
  checkpoint();
  EXPECT_EQ(findings({old}), Findings{});
  EXPECT_TRUE(verify().removed_at);

  cut(1, 4, 4);

  EXPECT_EQ(findings(), (Findings{{Kind::row_missing, 1}}));
}

TEST_F(AuditLogCheck, AStreamMayBeRemovedToItsEnd) {
  record_removal(1);
  cut(1, 1, 5);
  checkpoint();
  EXPECT_EQ(findings({checkpoints[1].document}), Findings{});

  grow(1, 1);  // its writer goes on

  EXPECT_EQ(findings(), Findings{});
}

TEST_F(AuditLogCheck, WithoutTheRecordRemovedRowsAreMissingAndSoIsTheRecord) {
  record_removal(1);
  cut(1, 1, 5);
  cut(2, 1, 2);
  checkpoint();
  removal.reset();

  EXPECT_EQ(findings(), (Findings{{Kind::row_missing, 2}, {Kind::stream_removed, 1}, {Kind::removal_missing, 2}}));
}

TEST_F(AuditLogCheck, AForgedRecordExcusesNothing) {
  record_removal(0);
  cut(1, 1, 3);
  auto later = *removal;
  later.document.text.replace(later.document.text.find("checkpoint 1"), 12, "checkpoint 2");
  later.checkpoint = 2;
  auto other_key = *removal, other_digest = *removal;
  other_key.document = checkpoint_keys_for_test(8).sign(removal->document.text);
  other_digest.document = keys.sign(to_text(Removal{1, {1}, removal->at}));

  removal = later;
  EXPECT_EQ(findings(), (Findings{{Kind::row_missing, 1}, {Kind::removal_forged, 2}}));
  removal = other_key;
  EXPECT_EQ(findings(), (Findings{{Kind::row_missing, 1}, {Kind::removal_forged, 1}}));
  removal = other_digest;
  EXPECT_EQ(findings(), (Findings{{Kind::row_missing, 1}, {Kind::removal_forged, 1}}));
}

TEST_F(AuditLogCheck, ARecordWithoutItsCheckpointExcusesNothing) {
  record_removal(0);
  cut(1, 1, 3);
  checkpoints.erase(checkpoints.begin());

  EXPECT_EQ(findings(), (Findings{{Kind::row_missing, 1}, {Kind::checkpoint_missing, 1}}));
}

TEST_F(AuditLogCheck, RowsLeftOfARemovalAreStillChecked) {
  record_removal(1);
  cut(1, 1, 2);
  auto row = rows.begin();
  row->second.event = "sign_in_failed";
  EXPECT_EQ(findings(), (Findings{{Kind::row_altered, 1}}));

  row->second.hash = hash_of({row->first.stream,
                              row->first.sequence,
                              row->second.at,
                              row->second.event,
                              {},
                              {},
                              row->second.person_commitment,
                              row->second.previous});
  EXPECT_EQ(findings(), (Findings{{Kind::row_inserted, 1}, {Kind::stream_rewritten, 1}}));
}

}  // namespace
}  // namespace sallyport::audit
