#pragma once

#include <atomic>

#include "core/random.h"

namespace sallyport::core {

/// Repeatable bytes for tests (splitmix64 of a counter): unpredictable to nobody. Safe to use from every thread.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(std::uint64_t seed = 1) : state_(seed * 0x9e3779b97f4a7c15) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(next() >> 56);
  }

 private:
  std::uint64_t next() {
    auto z = state_.fetch_add(0x9e3779b97f4a7c15) + 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  std::atomic<std::uint64_t> state_;
};

}  // namespace sallyport::core
