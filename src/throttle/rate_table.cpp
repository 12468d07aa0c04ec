#include "throttle/rate_table.h"

#include <algorithm>

namespace sallyport::throttle {
namespace {

/// The finaliser of splitmix64: every bit of the number moves every bit of the result.
std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
  number = (number ^ number >> 27) * 0x94d049bb133111eb;
  return number ^ number >> 31;
}

}  // namespace

struct RateTable::Set {
  std::array<std::uint64_t, ways> clients{};
  std::array<Gcra::Arrival, ways> arrivals{};  ///< not after now: free
  Gcra::Arrival shared{};                      ///< of all that have no place of their own
};

RateTable::RateTable(const RateLimit& limit, std::uint64_t seed)
    : limit_(limit), seed_(seed), table_(std::make_unique<Set[]>(sets)) {}

RateTable::~RateTable() = default;

RateTable::Set& RateTable::set_of(std::uint64_t client, std::mutex*& lock) {
  const auto number = mixed(mixed(client ^ seed_) + seed_) % sets;
  lock = &locks_[number % locks];
  return table_[number];
}

std::optional<Gcra::Time> RateTable::ask(std::uint64_t client, Gcra::Time now) {
  std::mutex* mutex = nullptr;
  auto& set = set_of(client, mutex);
  const std::lock_guard lock(*mutex);
  auto* arrival = &set.shared;
  const auto own = std::ranges::find(set.clients, client);  // in one place at most
  if (own != set.clients.end()) {
    arrival = &set.arrivals[own - set.clients.begin()];
  } else {
    const auto least = std::ranges::min_element(set.arrivals);  // whoever owes nothing owes less than anybody
    if (!limit_.would_refuse(*least, now)) {
      set.clients[least - set.arrivals.begin()] = client;
      *least = now;
      arrival = &*least;
    }
  }
  const auto decision = limit_.decide(*arrival, now);
  *arrival = decision.next;
  return decision.retry_after;
}

}  // namespace sallyport::throttle
