#include "audit/chain_check.h"

#include <gtest/gtest.h>

#include "audit/chain.h"
#include "core/fake_random.h"

namespace sallyport::audit {
namespace {

class AuditChainCheck : public testing::Test {
 protected:
  std::vector<FoundRow> chain_of(std::int64_t size, std::uint8_t first_byte) {
    StreamId stream{first_byte};
    Chain chain(stream, key, random);
    std::vector<FoundRow> rows;
    for (std::int64_t i = 0; i < size; ++i) {
      const Entry entry{.event = Event::signed_in,
                        .at = core::Timestamp{std::chrono::seconds{i}},
                        .account = core::AccountId::fresh({}, random),
                        .session = std::nullopt,
                        .origin = {.ip = "192.0.2.7", .user_agent = "", .request_id = ""}};
      const auto row = chain.append(entry);
      rows.push_back({.place = {{stream.begin(), stream.end()}, row.sequence},
                      .at = entry.at,
                      .event = std::string(to_text(entry.event)),
                      .account = entry.account->uuid(),
                      .session = std::nullopt,
                      .person_commitment = row.person_commitment,
                      .previous = row.previous,
                      .hash = row.hash,
                      .person = FoundRow::Person{{row.salt.begin(), row.salt.end()}, row.person}});
    }
    return rows;
  }
  /// Kind and sequence of each break.
  std::vector<std::pair<ChainBreak::Kind, std::int64_t>> breaks_of(const std::vector<FoundRow>& rows) {
    ChainCheck check({&other_key, &key});
    for (const auto& row : rows) check.see(row);
    std::vector<std::pair<ChainBreak::Kind, std::int64_t>> breaks;
    for (const auto& found : check.breaks()) breaks.emplace_back(found.kind, found.place.sequence);
    return breaks;
  }
  static void rehash(FoundRow& row) {
    row.hash = hash_of({row.place.stream, row.place.sequence, row.at, row.event, row.account, row.session,
                        row.person_commitment, row.previous});
  }

  core::FakeRandom random;
  const crypto::HmacKey key{core::Secret("this version's")}, other_key{core::Secret("another version's")};
  using Kind = ChainBreak::Kind;
  using Breaks = std::vector<std::pair<Kind, std::int64_t>>;
};

TEST_F(AuditChainCheck, FindsNothingWrongWithWhatChainsWrote) {
  auto rows = chain_of(5, 1);
  std::ranges::copy(chain_of(3, 2), std::back_inserter(rows));
  rows[2].person.reset();  // erased

  ChainCheck check({&key});
  for (const auto& row : rows) check.see(row);

  EXPECT_EQ(check.breaks(), std::vector<ChainBreak>{});
  EXPECT_EQ(check.rows(), 8);
  EXPECT_EQ(check.streams(), 2);
}

TEST_F(AuditChainCheck, NamesTheFirstAlteredRowOfEachStream) {
  auto rows = chain_of(5, 1);
  std::ranges::copy(chain_of(3, 2), std::back_inserter(rows));
  rows[2].event = "sign_in_failed";
  rows[3].at += std::chrono::seconds{1};
  rows[6].person->text = R"({"ip":"198.51.100.1"})";

  EXPECT_EQ(breaks_of(rows), (Breaks{{Kind::altered, 3}, {Kind::altered, 2}}));
}

TEST_F(AuditChainCheck, NamesAMissingRowAtTheStartAndInTheMiddle) {
  auto without_first = chain_of(5, 1), without_third = without_first;
  without_first.erase(without_first.begin());
  without_third.erase(without_third.begin() + 2);

  EXPECT_EQ(breaks_of(without_first), (Breaks{{Kind::missing, 1}}));
  EXPECT_EQ(breaks_of(without_third), (Breaks{{Kind::missing, 3}}));
}

TEST_F(AuditChainCheck, ARowHashedAnewStandsInNoChain) {
  auto rows = chain_of(5, 1);
  rows[2].event = "sign_in_failed";
  rehash(rows[2]);

  EXPECT_EQ(breaks_of(rows), (Breaks{{Kind::inserted, 4}}));
}

TEST_F(AuditChainCheck, ARowPutInBetweenIsNamed) {
  auto rows = chain_of(5, 1);
  auto copy = rows[1];
  copy.place.sequence = 3;
  rehash(copy);
  rows.insert(rows.begin() + 2, copy);
  for (std::size_t i = 3; i < rows.size(); ++i) ++rows[i].place.sequence;

  EXPECT_EQ(breaks_of(rows), (Breaks{{Kind::inserted, 3}}));
}

TEST_F(AuditChainCheck, ARowKnownToBeMissingCountsUnlessAnEarlierBreakIsKnown) {
  auto rows = chain_of(3, 1);
  rows[1].event = "sign_in_failed";
  ChainCheck check({&key});
  for (const auto& row : rows) check.see(row);

  check.miss({rows[0].place.stream, 4});
  check.miss({core::Bytes(16, 9), 7});

  EXPECT_EQ(check.breaks(), (std::vector<ChainBreak>{{{rows[0].place.stream, 2}, Kind::altered},
                                                     {{core::Bytes(16, 9), 7}, Kind::missing}}));
}

}  // namespace
}  // namespace sallyport::audit
