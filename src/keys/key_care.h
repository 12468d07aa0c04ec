#pragma once

#include <atomic>

#include "keys/live_keys.h"
#include "keys/rotate_keys.h"

namespace sallyport::keys {

/// Looks after the access token keys of a running server: hears of changes that others made, rotates when it is time,
/// and removes what has ended.
class KeyCare {
 public:
  struct Plan {
    std::chrono::seconds interval;  ///< from one round to the next
    std::chrono::seconds lifetime;  ///< a key signs for this long; 0: until somebody rotates
    crypto::KeyUse use;             ///< of the keys made here
  };
  struct Counters {
    std::atomic<std::uint64_t> rotations = 0;  ///< made here, whoever asked
  };
  KeyCare(SigningKeyStore& store, LiveKeys& live, RotateKeysHandler& rotate, const core::Clock& clock, Plan plan)
      : store_(store), live_(live), rotate_(rotate), clock_(clock), plan_(std::move(plan)) {}

  /// As `RotateKeysHandler`, and this server knows of it when it answers.
  core::Task<core::Result<Rotated>> rotate(RotateKeys command);
  /// One look at the keys. Fails as what it calls; the next round tries again.
  core::Task<core::Result<void>> round();
  /// A round each interval until the task is interrupted.
  core::Task<core::Result<void>> run_forever();
  const Plan& plan() const { return plan_; }
  const Counters& counters() const { return counters_; }

 private:
  bool is_rotation_due(std::span<const StoredKey> stored) const;

  SigningKeyStore& store_;
  LiveKeys& live_;
  RotateKeysHandler& rotate_;
  const core::Clock& clock_;
  const Plan plan_;
  Counters counters_;
};

}  // namespace sallyport::keys
