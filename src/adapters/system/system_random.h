#pragma once

#include "core/random.h"

namespace sallyport::system_adapter {

/// The kernel's random bytes (getrandom(2)), fetched 4 KiB at a time for each thread: a call into the kernel costs as
/// much as twenty times the copying. What was handed out is wiped at once, and a forked child drops what it inherited.
/// Ends the process if the kernel gives none.
class SystemRandom final : public core::Random {
 public:
  SystemRandom();
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace sallyport::system_adapter
