#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "throttle/gcra.h"

namespace sallyport::throttle {

/// How often clients, known by a number such as their network, have come lately, and whether they may come again. Of
/// fixed size and in this process only. Any thread may ask; few ever wait for another, and none for long.
///
/// The table is cut into sets of a few places, and a client's number says which set is its own. Where that is full the
/// newcomer takes the place of a client that owes nothing, else of the one that owes least, but never of one that is
/// refused now: where all of a set are, newcomers share one place more, and are limited together. Which numbers meet
/// in a set is decided by `seed`, which is nobody else's to know.
class RateTable {
 public:
  static constexpr std::size_t places = 16'384;

  RateTable(const RateLimit& limit, std::uint64_t seed);
  ~RateTable();

  /// Nothing if the client may pass, which is counted; else when it may come again.
  std::optional<Gcra::Time> ask(std::uint64_t client, Gcra::Time now);

 private:
  static constexpr std::size_t ways = 8, sets = places / ways, locks = 64;
  struct Set;
  Set& set_of(std::uint64_t client, std::mutex*& lock);

  const Gcra limit_;
  const std::uint64_t seed_;
  std::unique_ptr<Set[]> table_;
  std::array<std::mutex, locks> locks_;
};

}  // namespace sallyport::throttle
