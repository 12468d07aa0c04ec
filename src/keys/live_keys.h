#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "core/clock.h"
#include "keys/signing_key_store.h"

namespace sallyport::keys {

/// Keeps the access token keys that a server works with the same as those in the store. Safe to use from every loop.
class LiveKeys {
 public:
  /// An unknown key is looked for at most this often, whoever sends tokens that name one.
  static constexpr std::chrono::seconds look_interval{10};
  struct Counters {
    std::atomic<std::uint64_t> reloads = 0, failures = 0;
  };
  /// `use` is called with every set that differs from the one before, on the loop that asked for it.
  LiveKeys(SigningKeyStore& store, const crypto::Keyring& keyring, const core::Clock& clock,
           std::function<void(crypto::KeySet)> use)
      : store_(store), keyring_(keyring), clock_(clock), use_(std::move(use)) {}

  /// Reads the keys, and hands them over if they are not the same as before: then true. If another task is reading,
  /// that one reads once more and this returns at once. Fails as the store and `StoredKey::unseal`; the old keys stay.
  core::Task<core::Result<bool>> reload();
  /// For a token that names a key not known here: reloads if that was not done lately. True if there are other keys now
  /// to try it with.
  core::Task<bool> look_for_unknown();
  const Counters& counters() const { return counters_; }

 private:
  using Seen = std::vector<std::pair<std::string, crypto::KeyTimes>>;
  core::Task<core::Result<bool>> load();

  SigningKeyStore& store_;
  const crypto::Keyring& keyring_;
  const core::Clock& clock_;
  const std::function<void(crypto::KeySet)> use_;
  Counters counters_;
  std::mutex mutex_;
  bool is_loading_ = false, is_wanted_again_ = false;
  core::Moment next_look_{core::Moment::min()};
  Seen seen_;  ///< of the last set handed over; its reader's alone
};

}  // namespace sallyport::keys
