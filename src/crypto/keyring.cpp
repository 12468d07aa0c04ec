#include "crypto/keyring.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace sallyport::crypto {
namespace {

// Part of what is stored: a changed name is a lost key.
std::string_view name_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::pepper:
      return "pepper";
    case Purpose::refresh:
      return "refresh";
    case Purpose::device:
      return "device";
    case Purpose::setup:
      return "setup";
    case Purpose::audit_commitment:
      return "audit_commitment";
    case Purpose::throttle:
      return "throttle";
    case Purpose::key_sealing:
      return "key_sealing";
    case Purpose::one_time_code:
      return "one_time_code";
    case Purpose::idempotency:
      return "idempotency";
    case Purpose::key_check:
      return "key_check";
    case Purpose::mail_sealing:
      return "mail_sealing";
    case Purpose::flow_handle:
      return "flow_handle";
  }
  std::unreachable();
}

core::Secret derive_from(const core::Secret& master, Purpose purpose) {
  return hkdf_sha256(master, "", "sallyport/v1/" + std::string(name_of(purpose)), 32);
}

}  // namespace

Keyring::Keyring(MasterKey master) : master_(std::move(master)) {
  for (const auto& [number, key] : master_.versions()) {
    auto& version = versions_.emplace_back(Version{number, {}});
    for (const auto purpose : purposes) version.mac_keys.emplace_back(derive_from(key, purpose));
  }
}

const HmacKey& Keyring::mac_key(Purpose purpose) const {
  return versions_.back().mac_keys[static_cast<std::size_t>(purpose)];
}

const HmacKey* Keyring::mac_key(Purpose purpose, std::uint32_t version) const {
  const auto found = std::ranges::find(versions_, version, &Version::number);
  return found == versions_.end() ? nullptr : &found->mac_keys[static_cast<std::size_t>(purpose)];
}

core::Secret Keyring::derive(Purpose purpose, std::uint32_t version) const {
  const auto found = std::ranges::find(master_.versions(), version, &MasterKey::Version::number);
  if (found == master_.versions().end()) throw std::out_of_range("the master key has no such version");
  return derive_from(found->key, purpose);
}

Digest Keyring::key_check(std::uint32_t version) const {
  const auto* const key = mac_key(Purpose::key_check, version);
  if (key == nullptr) throw std::out_of_range("the master key has no such version");
  return key->mac({core::as_bytes("sallyport/v1/key_check")});
}

}  // namespace sallyport::crypto
