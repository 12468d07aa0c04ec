#include <random>
#include <set>

#include "audit/chain.h"
#include "audit_test.h"

namespace sallyport::contract {
namespace {

using Tables = Stores::AuditTables;

/// Random stories of a log, each ended by somebody who rewrites the store: what can be seen of it has to be named, and
/// what nobody touched never is.
class AuditTamperingContract : public AuditTest {
 protected:
  std::size_t choose(std::size_t many) { return std::uniform_int_distribution<std::size_t>(0, many - 1)(choice); }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      switch (choose(9)) {
        case 0:
          people.push_back(registered("person" + std::to_string(people.size()) + "@example.org").id);
          break;
        case 1:
        case 2:
        case 3:
          if (!people.empty()) opened(people[choose(people.size())], "device " + std::to_string(choose(5)));
          break;
        case 4:
          restart();
          break;
        case 5:
          clock.advance(hours{1 + choose(40)});
          break;
        case 6:
          checkpoint(choose(2) == 0 ? audit::MakeCheckpoint::always : audit::MakeCheckpoint::if_changed);
          if (choose(2) == 0) exported.push_back({checkpoint(), "a file"});
          break;
        case 7:
          run(upkeep->remove_old()).value();
          break;
        case 8:
          if (!people.empty()) run(stores->audit_log().erase_persons(people[choose(people.size())], 3)).value();
          break;
      }
    }
  }

  // What is known of a log before somebody touches it.

  struct Knowledge {
    Tables tables;
    std::vector<audit::Checkpoint> checkpoints;  ///< stored and exported
    std::optional<audit::Checkpoint> removed;
  };
  Knowledge knowledge() {
    Knowledge known{.tables = stores->audit_tables(), .checkpoints = {}, .removed = {}};
    for (const auto& stored : known.tables.checkpoints) {
      known.checkpoints.push_back(*audit::parse_checkpoint(stored.document.text));
      if (known.tables.removal && known.tables.removal->checkpoint == stored.number)
        known.removed = known.checkpoints.back();
    }
    for (const auto& [document, source] : exported)
      known.checkpoints.push_back(*audit::parse_checkpoint(document.text));
    return known;
  }
  static std::int64_t head_of(const audit::Checkpoint& checkpoint, const core::Bytes& stream) {
    const auto head = std::ranges::find(checkpoint.heads, stream, &audit::StreamHead::stream);
    return head == checkpoint.heads.end() ? 0 : head->sequence;
  }
  /// The last row of a stream that has to be there.
  static std::int64_t demanded(const Knowledge& known, const core::Bytes& stream) {
    std::int64_t last = 0;
    for (const auto& checkpoint : known.checkpoints) {
      const auto head = head_of(checkpoint, stream);
      const bool is_excused =
          known.removed && (checkpoint.number <= known.removed->number || head <= head_of(*known.removed, stream));
      if (!is_excused) last = std::max(last, head);
    }
    return last;
  }

  // Each changes the tables, and says whether that can be seen.

  static void rehash(audit::FoundRow& row) {
    row.hash = audit::hash_of({row.place.stream, row.place.sequence, row.at, row.event, row.account, row.session,
                               row.person_commitment, row.previous});
  }
  bool alter_row(Tables& tables) {
    if (tables.rows.empty()) return false;
    auto& row = tables.rows[choose(tables.rows.size())];
    if (choose(2) == 0) row.at += seconds{1};
    else if (row.person) row.person->text += ' ';
    else row.event += 'x';
    return true;
  }
  bool insert_row(Tables& tables) {  // between two, hashed right
    if (tables.rows.size() < 2) return false;
    const auto at = choose(tables.rows.size() - 1);
    if (tables.rows[at].place.stream != tables.rows[at + 1].place.stream) return false;
    auto& row = tables.rows[at];
    row.event = "sign_in_failed";
    row.at += seconds{1};
    rehash(row);
    return true;
  }
  /// From some row on every row is hashed anew, as its writer would have.
  bool rewrite_stream(Tables& tables) {
    if (tables.rows.empty()) return false;
    const auto first = choose(tables.rows.size());
    const auto known = knowledge();
    const auto place = tables.rows[first].place;
    tables.rows[first].at += seconds{1};
    bool is_seen = false;
    for (auto i = first; i < tables.rows.size() && tables.rows[i].place.stream == place.stream; ++i) {
      if (i != first) tables.rows[i].previous = tables.rows[i - 1].hash;
      rehash(tables.rows[i]);
      is_seen = is_seen || std::ranges::any_of(known.checkpoints, [&](const auto& checkpoint) {
                  return head_of(checkpoint, place.stream) == tables.rows[i].place.sequence;
                });
    }
    return is_seen;
  }
  bool cut_stream(Tables& tables, bool cuts_all) {
    if (tables.rows.empty()) return false;
    auto first = tables.rows[choose(tables.rows.size())].place;
    if (cuts_all) first.sequence = 1;
    const bool is_seen = demanded(knowledge(), first.stream) >= first.sequence;
    std::erase_if(tables.rows, [&](const audit::FoundRow& row) {
      return row.place.stream == first.stream && row.place.sequence >= first.sequence;
    });
    return is_seen;
  }
  bool remove_row(Tables& tables) {
    if (tables.rows.size() < 2) return false;
    const auto at = choose(tables.rows.size() - 1);
    const auto place = tables.rows[at].place;
    const bool is_last = tables.rows[at + 1].place.stream != place.stream;
    const bool is_first = at == 0 || tables.rows[at - 1].place.stream != place.stream;
    const auto known = knowledge();
    const bool may_go = is_first && known.removed && place.sequence <= head_of(*known.removed, place.stream);
    tables.rows.erase(tables.rows.begin() + static_cast<std::ptrdiff_t>(at));
    return !is_last && !may_go;
  }
  bool forge_checkpoint(Tables& tables) {
    if (tables.checkpoints.empty()) return false;
    auto& document = tables.checkpoints[choose(tables.checkpoints.size())].document;
    switch (choose(3)) {
      case 0:
        document.text[choose(document.text.size())] ^= 1;
        break;
      case 1:
        document.signature[choose(document.signature.size())] ^= 1;
        break;
      default:
        document = audit::checkpoint_keys_for_test(8).sign(document.text);
    }
    return true;
  }
  bool remove_checkpoint(Tables& tables) {
    if (tables.checkpoints.empty()) return false;
    const auto at = choose(tables.checkpoints.size());
    const auto number = tables.checkpoints[at].number, newest = tables.checkpoints.back().number;
    const bool is_named = tables.removal && tables.removal->checkpoint == number;
    const bool is_exported = std::ranges::any_of(exported, [&](const auto& checkpoint) {
      return audit::parse_checkpoint(checkpoint.document.text)->number == newest;
    });
    tables.checkpoints.erase(tables.checkpoints.begin() + static_cast<std::ptrdiff_t>(at));
    if (number == newest) return is_named || is_exported;
    return is_named || number > newest - audit::recent_checkpoints;
  }
  bool forge_removal(Tables& tables) {
    if (tables.removal) {
      auto& text = tables.removal->document.text;
      text[choose(text.size())] ^= 1;
    } else if (!tables.checkpoints.empty()) {
      const auto& named = tables.checkpoints.back();
      const audit::Removal removal{named.number, digest_of(named.document), now()};
      tables.removal = {named.number, now(), audit::checkpoint_keys_for_test(8).sign(to_text(removal))};
    }
    return tables.removal.has_value();
  }
  bool drop_removal(Tables& tables) {
    if (!tables.removal) return false;
    const auto known = knowledge();
    const auto number = tables.removal->checkpoint;
    tables.removal.reset();
    const bool is_told =
        std::ranges::any_of(known.checkpoints, [&](const auto& c) { return c.removed_through >= number; });
    // The checkpoint it named demands its rows now: some are gone.
    const bool lacks_rows = std::ranges::any_of(known.removed->heads, [&](const auto& head) {
      return std::ranges::none_of(tables.rows, [&](const audit::FoundRow& row) {
        return row.place == audit::RowPlace{head.stream, head.sequence};
      });
    });
    return is_told || lacks_rows;
  }

  std::mt19937 choice;
  std::vector<core::AccountId> people;
  std::vector<audit::ExportedCheckpoint> exported;
};
INSTANTIATE_TEST_SUITE_P(On, AuditTamperingContract, every_adapter, adapter_name);

TEST_P(AuditTamperingContract, WhatCanBeSeenIsNamedAndNothingElse) {
  static constexpr std::string_view names[] = {
      "alter a row",  "insert a row",       "rewrite a stream",    "cut a stream",      "remove a stream",
      "remove a row", "forge a checkpoint", "remove a checkpoint", "forge the removal", "drop the removal"};
  std::map<std::string_view, int> seen;
  const std::uint32_t stories = GetParam() == Adapter::memory ? 60 : 12;
  for (std::uint32_t seed = 1; seed <= stories; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    choice.seed(seed);
    people.clear();
    exported.clear();
    upkeep.reset();
    stores = make_stores(GetParam(), clock, lifetimes);
    upkeep = new_upkeep();
    for (int i = 0; i < 4; ++i) {
      live(20);
      ASSERT_EQ(findings(exported), Kinds{});
    }
    const auto untouched = stores->audit_tables();
    for (std::size_t kind = 0; kind < std::size(names); ++kind) {
      SCOPED_TRACE(names[kind]);
      auto tables = untouched;
      bool can_be_seen = false;
      switch (kind) {
        case 0:
          can_be_seen = alter_row(tables);
          break;
        case 1:
          can_be_seen = insert_row(tables);
          break;
        case 2:
          can_be_seen = rewrite_stream(tables);
          break;
        case 3:
          can_be_seen = cut_stream(tables, false);
          break;
        case 4:
          can_be_seen = cut_stream(tables, true);
          break;
        case 5:
          can_be_seen = remove_row(tables);
          break;
        case 6:
          can_be_seen = forge_checkpoint(tables);
          break;
        case 7:
          can_be_seen = remove_checkpoint(tables);
          break;
        case 8:
          can_be_seen = forge_removal(tables);
          break;
        default:
          can_be_seen = drop_removal(tables);
      }
      stores->replace_audit_tables(std::move(tables));
      if (can_be_seen) {
        ++seen[names[kind]];
        EXPECT_NE(findings(exported), Kinds{});
      }
      stores->replace_audit_tables(untouched);
    }
    ASSERT_EQ(findings(exported), Kinds{});
  }
  for (const auto name : names) EXPECT_GT(seen[name], 0) << name;
}

}  // namespace
}  // namespace sallyport::contract
