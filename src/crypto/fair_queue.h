#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sallyport::crypto {

/// Items of many networks, taken from each in turn, so that one which pushes a thousand delays another's first by one.
/// Not thread-safe.
template <class Item>
class FairQueue {
 public:
  bool is_empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t size_of(std::uint64_t network) const {
    const auto found = queues_.find(network);
    return found == queues_.end() ? 0 : found->second.size();
  }
  /// How many items at most would be popped before one that `network` pushed now, were nothing else pushed.
  std::size_t ahead_of(std::uint64_t network) const {
    std::size_t ahead = 0;  // each round takes one of every network that has any left
    for (std::size_t round = 0; round <= size_of(network) && round < networks_in_round_.size(); ++round)
      ahead += networks_in_round_[round];
    return ahead;
  }

  void push(std::uint64_t network, Item item) {
    const auto [found, is_new] = queues_.try_emplace(network);
    if (is_new) turns_.push_back(network);
    const auto round = found->second.size();
    if (round == networks_in_round_.size()) networks_in_round_.push_back(0);
    ++networks_in_round_[round];
    ++size_;
    found->second.push_back(std::move(item));
  }

  /// The oldest item of the network whose turn it is. Not of an empty queue.
  Item pop() {
    for (;;) {
      const auto network = turns_.front();
      turns_.pop_front();
      const auto found = queues_.find(network);
      if (found->second.empty()) {  // all were removed
        queues_.erase(found);
        continue;
      }
      auto item = std::move(found->second.front());
      found->second.pop_front();
      forget_one_of(found->second.size());
      if (found->second.empty()) queues_.erase(found);
      else turns_.push_back(network);
      return item;
    }
  }

  /// Removes the network's items for which `is_removed(item)` holds.
  template <class Predicate>
  void remove_if(std::uint64_t network, Predicate is_removed) {
    const auto found = queues_.find(network);
    if (found == queues_.end()) return;
    const auto removed = std::erase_if(found->second, is_removed);
    for (auto left = found->second.size() + removed; left > found->second.size();) forget_one_of(--left);
  }

 private:
  void forget_one_of(std::size_t now_left) {
    --networks_in_round_[now_left];
    --size_;
  }

  std::unordered_map<std::uint64_t, std::deque<Item>> queues_;
  std::deque<std::uint64_t> turns_;             ///< each network of `queues_` once
  std::vector<std::size_t> networks_in_round_;  ///< [n]: networks with more than n items
  std::size_t size_ = 0;
};

}  // namespace sallyport::crypto
