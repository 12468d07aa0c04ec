#pragma once

#include "crypto/argon2.h"

namespace sallyport::crypto {

/// Argon2id by libsodium's `crypto_pwhash`: salts of 16 bytes, one lane and 8 KiB or more only. It maps, faults and
/// unmaps its memory for every hash (a third of the time at 19 MiB), which is why it stands behind a port.
class Argon2Sodium final : public Argon2 {
 public:
  /// Throws `std::runtime_error` if libsodium cannot start.
  Argon2Sodium();
  core::Result<void> hash(core::ByteView password, core::ByteView salt, const Argon2Parameters& parameters,
                          std::span<std::uint8_t> out) override;
};

}  // namespace sallyport::crypto
