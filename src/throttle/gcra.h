#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sallyport::throttle {

/// So many at once, and as many again in every `period`.
struct RateLimit {
  std::int64_t burst;               ///< from 1
  std::chrono::nanoseconds period;  ///< in which a whole burst is earned again; at least a nanosecond each
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

/// The generic cell rate algorithm (ITU-T I.371 annex A, as virtual scheduling): one moment per client says all about
/// its past. A request that is refused costs nothing. Times are those of a steady clock, from any fixed moment on.
class Gcra {
 public:
  using Time = std::chrono::nanoseconds;
  /// When a client that had come at its pace would come next; in the past for one that owes nothing.
  using Arrival = Time;

  explicit Gcra(const RateLimit& limit)
      : interval_(limit.period / limit.burst), tolerance_(interval_ * (limit.burst - 1)) {}

  struct Decision {
    Arrival next;                       ///< to be remembered; unchanged by a refusal
    std::optional<Time> retry_after{};  ///< of a refusal: when the same request would pass
  };
  Decision decide(Arrival arrival, Time now) const {
    if (arrival - tolerance_ > now) return {.next = arrival, .retry_after = arrival - tolerance_ - now};
    return {.next = (arrival > now ? arrival : now) + interval_};
  }
  bool would_refuse(Arrival arrival, Time now) const { return arrival - tolerance_ > now; }

 private:
  Time interval_, tolerance_;
};

}  // namespace sallyport::throttle
