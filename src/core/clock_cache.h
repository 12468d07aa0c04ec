#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace sallyport::core {

/// A bounded cache for all threads: sharded, CLOCK replacement (an entry used since the hand last passed gets another
/// round), an expiry for each entry. Values are copied out, so they are small or shared.
///
/// Filling it with what a store said races with whoever invalidates that: take the `ticket` before asking the store;
/// `put` drops the value if anything of that shard was erased since.
template <class Key, class Value, class Hash = std::hash<Key>>
class ClockCache {
 public:
  /// At most `capacity` entries, rounded up to a multiple of the number of shards.
  explicit ClockCache(std::size_t capacity) : shard_capacity_((capacity + shard_count - 1) / shard_count) {}

  std::optional<Value> find(const Key& key, Moment now) {
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found == shard.index.end()) return std::nullopt;
    auto& entry = shard.entries[found->second];
    if (entry.expires_at <= now) return std::nullopt;
    entry.is_used = true;
    return entry.value;
  }

  using Ticket = std::uint64_t;
  Ticket ticket(const Key& key) {
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    return shard.epoch;
  }

  /// False if the ticket is no longer good.
  bool put(const Key& key, Value value, Moment expires_at, Ticket ticket) {
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    if (shard.epoch != ticket) return false;
    const auto found = shard.index.find(key);
    if (found != shard.index.end()) {
      shard.entries[found->second] = {key, std::move(value), expires_at, true};
      return true;
    }
    if (shard.entries.size() < shard_capacity_) {
      shard.index.emplace(key, shard.entries.size());
      shard.entries.push_back({key, std::move(value), expires_at, false});
      return true;
    }
    const auto victim = shard.next_victim();
    shard.index.erase(shard.entries[victim].key);
    shard.entries[victim] = {key, std::move(value), expires_at, false};
    shard.index.emplace(key, victim);
    return true;
  }

  void erase(const Key& key) {
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    ++shard.epoch;
    const auto found = shard.index.find(key);
    if (found != shard.index.end()) shard.remove(found->second);
  }

  /// Erases every entry whose value matches; looks at all of them.
  template <class Predicate>
  void erase_if(Predicate matches) {
    for (auto& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      ++shard.epoch;
      for (auto i = shard.entries.size(); i-- > 0;) {
        if (matches(shard.entries[i].value)) shard.remove(i);
      }
    }
  }

  std::size_t size() const {
    std::size_t sum = 0;
    for (auto& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      sum += shard.entries.size();
    }
    return sum;
  }

 private:
  struct Entry {
    Key key;
    Value value;
    Moment expires_at;
    bool is_used;
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<Key, std::size_t, Hash> index;
    std::vector<Entry> entries;
    std::size_t hand = 0;
    Ticket epoch = 0;

    std::size_t next_victim() {
      while (std::exchange(entries[hand].is_used, false)) hand = (hand + 1) % entries.size();
      return std::exchange(hand, (hand + 1) % entries.size());
    }
    void remove(std::size_t position) {
      index.erase(entries[position].key);
      if (position + 1 != entries.size()) {
        entries[position] = std::move(entries.back());
        index[entries[position].key] = position;
      }
      entries.pop_back();
      if (hand >= entries.size()) hand = 0;
    }
  };
  static constexpr std::size_t shard_count = 64;
  Shard& shard_of(const Key& key) { return shards_[Hash{}(key) >> 7 & (shard_count - 1)]; }

  const std::size_t shard_capacity_;
  std::array<Shard, shard_count> shards_;
};

/// Hashes 32 bytes that are a digest already.
struct DigestHash {
  std::size_t operator()(const std::array<std::uint8_t, 32>& digest) const {
    std::size_t head;
    std::memcpy(&head, digest.data(), sizeof head);
    return head;
  }
};

}  // namespace sallyport::core
