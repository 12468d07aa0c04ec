#include "keys/key_care.h"

#include <algorithm>

#include "core/sleep.h"

namespace sallyport::keys {

core::Task<core::Result<Rotated>> KeyCare::rotate(RotateKeys command) {
  auto rotated = co_await rotate_(std::move(command));
  if (!rotated) co_return rotated;
  ++counters_.rotations;
  co_await live_.reload();  // a failure leaves it for the next round, which is within the notice
  co_return rotated;
}

bool KeyCare::is_rotation_due(std::span<const StoredKey> stored) const {
  const auto now = clock_.now();
  const auto unended = unended_at(stored, now + rotate_.terms().notice);
  return std::ranges::all_of(unended, [&](const StoredKey& key) {
    return key.times.active_from + plan_.lifetime <= now + rotate_.terms().notice;
  });
}

core::Task<core::Result<void>> KeyCare::round() {
  const auto purpose = crypto::SigningPurpose::access_token;
  if (plan_.lifetime > std::chrono::seconds{0}) {
    auto stored = co_await store_.keys_of(purpose);
    if (!stored) co_return core::fail(std::move(stored));
    if (is_rotation_due(*stored)) {
      auto rotated = co_await rotate({.use = plan_.use,
                                      .start = Start::after_notice,
                                      .origin = {.ip = "", .user_agent = "sallyport", .request_id = ""}});
      const bool was_somebody_faster = !rotated && rotated.error().fault == core::Fault::conflict;
      if (!rotated && !was_somebody_faster) co_return core::fail(std::move(rotated));
    }
  }
  auto removed = co_await store_.remove_ended(purpose, clock_.now());
  if (!removed) co_return core::fail(std::move(removed));
  auto reloaded = co_await live_.reload();
  if (!reloaded) co_return core::fail(std::move(reloaded));
  co_return core::Result<void>{};
}

core::Task<core::Result<void>> KeyCare::run_forever() {
  for (;;) {
    co_await round();  // a failure leaves it for the next one
    auto slept = co_await core::SleepUntil(clock_.moment() + plan_.interval);
    if (!slept) co_return slept;
  }
}

}  // namespace sallyport::keys
