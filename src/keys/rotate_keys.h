#pragma once

#include <functional>
#include <span>

#include "core/clock.h"
#include "keys/signing_key_store.h"

namespace sallyport::keys {

/// What every rotation of access token keys keeps to.
struct RotationTerms {
  /// From a key's making to its first signature: the max-age of the JWKS and the time servers take to load keys.
  std::chrono::seconds notice;
  std::chrono::seconds token_lifetime;
};

enum class Start {
  after_notice,
  at_once,  ///< services that hold the key set refuse the new key's tokens until they fetch it again
};

/// A new key takes over signing access tokens from all others.
struct RotateKeys {
  crypto::KeyUse use;
  Start start = Start::after_notice;
  audit::Origin origin;
};

/// What a rotation came to.
struct Rotated {
  std::string id;
  crypto::SigningAlgorithm algorithm;
  crypto::KeyTimes times;
};

/// The keys among `stored` that sign at `at` or later, which a key that begins then takes over from.
std::vector<StoredKey> unended_at(std::span<const StoredKey> stored, core::Timestamp at);

/// Makes a key and stores it as the next one. Those it takes over from verify until all they signed has expired.
///
/// Fails with `conflict` / "signing_key_pending" (and its sentence) while a key waits to begin, unless it starts at
/// once: that one then never signs; "signing_key_superseded" if another rotation came first; or as `make` and the
/// store.
class RotateKeysHandler {
 public:
  /// Makes a key, which for RSA takes 100 ms: not on a loop's thread.
  using MakeKey = std::function<core::Task<core::Result<crypto::SigningKey>>(crypto::KeyUse)>;
  RotateKeysHandler(SigningKeyStore& store, const crypto::Keyring& keyring, const core::Clock& clock,
                    core::Random& random, RotationTerms terms, MakeKey make)
      : store_(store), keyring_(keyring), clock_(clock), random_(random), terms_(terms), make_(std::move(make)) {}

  core::Task<core::Result<Rotated>> operator()(RotateKeys command);
  const RotationTerms& terms() const { return terms_; }

 private:
  SigningKeyStore& store_;
  const crypto::Keyring& keyring_;
  const core::Clock& clock_;
  core::Random& random_;
  const RotationTerms terms_;
  MakeKey make_;
};

}  // namespace sallyport::keys
