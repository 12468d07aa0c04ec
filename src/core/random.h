#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/secret.h"

namespace sallyport::core {

/// Where unpredictable bytes come from. Safe to call from every thread.
class Random {
 public:
  virtual ~Random() = default;
  /// Fills `out` with bytes fit for keys; ends the process rather than return weaker ones.
  virtual void fill(std::span<std::uint8_t> out) = 0;

  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    std::array<std::uint8_t, N> out;
    fill(out);
    return out;
  }

  Secret secret(std::size_t size) {
    auto out = Secret::of_size(size);
    fill(out.writable());
    return out;
  }
};

}  // namespace sallyport::core
