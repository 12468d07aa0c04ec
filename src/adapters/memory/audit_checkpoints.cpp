#include <algorithm>
#include <set>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Result;
using core::Task;

namespace {

std::vector<audit::StreamHead> heads_of(const MemoryState& state) {
  std::vector<audit::StreamHead> heads;
  for (const auto& [place, row] : state.audit_chain) {
    if (heads.empty() || heads.back().stream != place.stream) heads.push_back({place.stream, 0, {}});
    heads.back().sequence = place.sequence;
    heads.back().hash = row.hash;
  }
  return heads;
}

void thin(MemoryState& state, std::int64_t not_recent) {
  std::map<std::chrono::sys_days, std::int64_t> newest_of_day;
  for (const auto& [number, checkpoint] : state.audit_checkpoints) {
    newest_of_day[std::chrono::floor<std::chrono::days>(checkpoint.at)] = number;
  }
  std::set<std::int64_t> days_newest;
  for (const auto& [day, number] : newest_of_day) days_newest.insert(number);
  const auto removed = state.audit_removal ? state.audit_removal->checkpoint : 0;
  std::erase_if(state.audit_checkpoints, [&](const auto& entry) {
    const auto number = entry.first;
    return number <= not_recent && number != removed && (number < removed || !days_newest.contains(number));
  });
}

}  // namespace

Task<Result<audit::MadeCheckpoint>> MemoryAuditLog::make_checkpoint(const audit::CheckpointMaker& maker,
                                                                    core::Timestamp now, audit::MakeCheckpoint when) {
  using Made = audit::MadeCheckpoint;
  return store_.run<Made>([&maker, now, when](MemoryState& state) -> Result<Made> {
    audit::CheckpointMaker::Found found{
        .heads = heads_of(state), .newest = std::nullopt, .removal = state.audit_removal, .removed_with = std::nullopt};
    if (!state.audit_checkpoints.empty()) found.newest = state.audit_checkpoints.rbegin()->second;
    if (found.removal) {
      const auto named = state.audit_checkpoints.find(found.removal->checkpoint);
      if (named != state.audit_checkpoints.end()) found.removed_with = named->second;
    }
    auto made = maker.make(std::move(found), now, when);
    if (made.is_new) {
      state.audit_checkpoints.emplace(made.checkpoint.number, made.checkpoint);
      thin(state, made.checkpoint.number - audit::recent_checkpoints);
    }
    return made;
  });
}

Task<Result<std::vector<audit::StoredCheckpoint>>> MemoryAuditLog::checkpoints_after(std::int64_t after, int most) {
  using Found = std::vector<audit::StoredCheckpoint>;
  return store_.run<Found>([after, most](MemoryState& state) -> Result<Found> {
    Found found;
    auto next = state.audit_checkpoints.upper_bound(after);
    for (; next != state.audit_checkpoints.end() && std::ssize(found) < most; ++next) found.push_back(next->second);
    return found;
  });
}

Task<Result<std::optional<audit::StoredCheckpoint>>> MemoryAuditLog::checkpoint_until(core::Timestamp at) {
  using Found = std::optional<audit::StoredCheckpoint>;
  return store_.run<Found>([at](MemoryState& state) -> Result<Found> {
    Found found;
    for (const auto& [number, checkpoint] : state.audit_checkpoints) {
      if (checkpoint.at <= at) found = checkpoint;
    }
    return found;
  });
}

Task<Result<std::optional<audit::StoredRemoval>>> MemoryAuditLog::removal() {
  using Found = std::optional<audit::StoredRemoval>;
  return store_.run<Found>([](MemoryState& state) -> Result<Found> { return state.audit_removal; });
}

Task<Result<void>> MemoryAuditLog::record_removal(audit::StoredRemoval removal) {
  return store_.run<void>([removal = std::move(removal)](MemoryState& state) -> Result<void> {
    const bool is_outdated = state.audit_removal && state.audit_removal->checkpoint > removal.checkpoint;
    if (is_outdated || !state.audit_checkpoints.contains(removal.checkpoint))
      return core::fail(core::Fault::conflict, "audit_removal_outdated");
    state.audit_removal = removal;
    return {};
  });
}

Task<Result<std::int64_t>> MemoryAuditLog::remove_rows(std::vector<audit::StreamHead> through, int most) {
  return store_.run<std::int64_t>([through = std::move(through), most](MemoryState& state) -> Result<std::int64_t> {
    std::int64_t removed = 0;
    for (const auto& head : through) {
      auto oldest = state.audit_chain.lower_bound({head.stream, 0});
      while (removed < most && oldest != state.audit_chain.end() && oldest->first.stream == head.stream &&
             oldest->first.sequence <= head.sequence) {
        std::erase_if(state.audit_rows, [&](const audit::StoredEntry& row) {
          return row.stream == oldest->first.stream && row.sequence == oldest->first.sequence;
        });
        oldest = state.audit_chain.erase(oldest);
        ++removed;
      }
    }
    return removed;
  });
}

std::int64_t MemoryState::erase_persons(core::AccountId account, int most) {
  std::int64_t erased = 0;
  for (auto& row : audit_rows) {
    auto& chained = audit_chain.at({row.stream, row.sequence});
    if (erased == most || row.account != account || !chained.person) continue;
    chained.person.reset();
    row.ip.clear();
    ++erased;
  }
  return erased;
}

Task<Result<std::int64_t>> MemoryAuditLog::erase_persons(core::AccountId account, int most) {
  return store_.run<std::int64_t>(
      [account, most](MemoryState& state) -> Result<std::int64_t> { return state.erase_persons(account, most); });
}

}  // namespace sallyport::memory
