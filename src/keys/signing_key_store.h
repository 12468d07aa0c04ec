#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "audit/event.h"
#include "core/bytes.h"
#include "core/random.h"
#include "core/result.h"
#include "core/task.h"
#include "crypto/key_set.h"
#include "crypto/keyring.h"

namespace sallyport::keys {

/// A signing key as it stands in the store.
struct StoredKey {
  std::string id;
  crypto::SigningPurpose purpose;
  std::string algorithm;     ///< for people; what counts is sealed with the private half
  core::Bytes public_bytes;  ///< `VerifyingKey::bytes`
  core::Bytes sealed;        ///< `SigningKey::sealed`
  crypto::KeyTimes times;
  core::Timestamp created_at;

  static StoredKey of(const crypto::SigningKey& key, const crypto::KeyTimes& times, core::Timestamp created_at,
                      const crypto::Keyring& keyring, core::Random& random);
  /// Fails with `internal` / "signing_key_wrong" if what was sealed has another id or purpose, or as
  /// `SigningKey::unseal`.
  core::Result<crypto::SigningKey> unseal(const crypto::Keyring& keyring) const;
};

/// A key and those it takes over from, decided by what the caller has read.
struct Rotation {
  struct Outgoing {
    std::string id;
    crypto::KeyTimes from, to;
  };
  StoredKey successor;
  std::vector<Outgoing> outgoing;  ///< all of the purpose that would still sign when the successor begins to
  core::Timestamp now;
  audit::Origin origin;
};

/// Keys made elsewhere.
struct KeyImport {
  std::vector<StoredKey> keys;
  core::Timestamp now;
  audit::Origin origin;
};

/// The same keys, sealed under another version of the master key.
struct Resealing {
  std::vector<std::pair<std::string, core::Bytes>> sealed_by_id;
  core::Timestamp now;
  audit::Origin origin;
};

/// Where signing keys live, of every purpose. Each write is one atomic, durable operation with its audit row. All may
/// also fail with `unavailable` / "store_unavailable" or "overloaded", and as an interrupted task does.
class SigningKeyStore {
 public:
  virtual ~SigningKeyStore() = default;
  /// All there are, by the time they begin to sign, then by id.
  virtual core::Task<core::Result<std::vector<StoredKey>>> keys_of(crypto::SigningPurpose purpose) = 0;
  /// Adds the successor and sets the times of the outgoing. `conflict` / "signing_key_superseded", and nothing changed,
  /// unless `outgoing` is what the store holds: of two rotations at once one makes a successor.
  virtual core::Task<core::Result<void>> rotate(Rotation rotation) = 0;
  /// Adds those that are not there, by id, and says how many that were.
  virtual core::Task<core::Result<std::int64_t>> import_keys(KeyImport import) = 0;
  /// Replaces what is sealed of each key named.
  virtual core::Task<core::Result<void>> reseal(Resealing resealing) = 0;
  /// Removes the keys of a purpose that may not verify any more, and says how many that were. Leaves no audit row.
  virtual core::Task<core::Result<std::int64_t>> remove_ended(crypto::SigningPurpose purpose, core::Timestamp now) = 0;
  /// Notes that private keys are about to leave.
  virtual core::Task<core::Result<void>> note_export(core::Timestamp now, audit::Origin origin) = 0;
};

}  // namespace sallyport::keys
