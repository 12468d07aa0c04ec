#pragma once

#include <atomic>
#include <optional>
#include <utility>

#include "core/result.h"

namespace sallyport::avatars {

/// How many whole pictures may be in memory at a time. Safe to use from every loop.
class PictureSlots {
 public:
  explicit PictureSlots(int slots) : free_(slots) {}

  /// A slot, given back when it goes.
  class Slot {
   public:
    explicit Slot(PictureSlots& slots) : slots_(&slots) {}
    Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_ != nullptr) ++slots_->free_;
    }

   private:
    PictureSlots* slots_;
  };
  /// `unavailable` / "overloaded" when none is free.
  core::Result<Slot> take() {
    if (free_.fetch_sub(1) > 0) return Slot(*this);
    ++free_;
    return std::unexpected(
        core::Error{.fault = core::Fault::unavailable, .code = "overloaded", .retry_after = std::chrono::seconds{1}});
  }

 private:
  std::atomic<int> free_;
};

}  // namespace sallyport::avatars
