#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "crypto/digest.h"
#include "crypto/master_key.h"

namespace sallyport::crypto {

/// What a derived key is for. No two purposes share a key.
enum class Purpose {
  pepper,
  refresh,
  device,
  setup,
  audit_commitment,
  throttle,
  key_sealing,
  one_time_code,
  idempotency,
  key_check,
  mail_sealing,
  flow_handle,
};

/// All of them, in order.
inline constexpr std::array purposes{Purpose::pepper,      Purpose::refresh,          Purpose::device,
                                     Purpose::setup,       Purpose::audit_commitment, Purpose::throttle,
                                     Purpose::key_sealing, Purpose::one_time_code,    Purpose::idempotency,
                                     Purpose::key_check,   Purpose::mail_sealing,     Purpose::flow_handle};

/// Every symmetric key of the server: HKDF-SHA-256 of the master key of each version with the label
/// `sallyport/v1/<purpose>`. Safe to use from every thread; keys live as long as the keyring (or what it is moved
/// into).
class Keyring {
 public:
  explicit Keyring(MasterKey master);

  std::uint32_t current_version() const { return master_.current_version(); }
  /// The HMAC key of the current version: what new tags are made with.
  const HmacKey& mac_key(Purpose purpose) const;
  /// The HMAC key that a stored thing names; null if the master key has no such version.
  const HmacKey* mac_key(Purpose purpose, std::uint32_t version) const;
  const MasterKey& master() const { return master_; }
  bool has_version(std::uint32_t version) const { return mac_key(Purpose::key_check, version) != nullptr; }

  /// The 32 bytes themselves, for what is no HMAC. Throws `std::out_of_range` unless `has_version(version)`.
  core::Secret derive(Purpose purpose, std::uint32_t version) const;

  /// A value for the store: a later start with the same master key gives the same one, and it tells nothing about the
  /// key. Throws `std::out_of_range` unless `has_version(version)`.
  Digest key_check(std::uint32_t version) const;

 private:
  struct Version {
    std::uint32_t number;
    std::vector<HmacKey> mac_keys;  ///< by purpose
  };
  MasterKey master_;
  std::vector<Version> versions_;
};

}  // namespace sallyport::crypto
