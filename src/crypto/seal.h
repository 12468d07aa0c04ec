#pragma once

#include "core/bytes.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"

namespace sallyport::crypto {

inline constexpr std::size_t seal_key_size = 32;

/// Encrypts and authenticates `plain` for storage: a format version byte, a random nonce, then XChaCha20-Poly1305
/// (draft-irtf-cfrg-xchacha-03 §2). `associated` is authenticated without being kept: what the bytes are and whose, so
/// that they cannot be moved elsewhere. `key` has `seal_key_size` bytes, else `std::invalid_argument`. 41 bytes longer
/// than `plain`.
core::Bytes seal(const core::Secret& key, core::ByteView associated, const core::Secret& plain, core::Random& random);

/// What `seal` was given. Fails with `internal` / "sealed_unreadable" if the key or `associated` is another one, a byte
/// was changed, or the format is of a later release.
core::Result<core::Secret> open(const core::Secret& key, core::ByteView associated, core::ByteView sealed);

}  // namespace sallyport::crypto
