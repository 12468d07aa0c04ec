#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "crypto/keyring.h"

namespace sallyport::crypto {

/// The public half of an Ed25519 key pair (RFC 8032), as verifiers know it.
class VerifyingKey {
 public:
  static constexpr std::size_t size = 32;
  static constexpr std::size_t signature_size = 64;
  static constexpr std::string_view algorithm = "EdDSA";  ///< RFC 8037 §3.1

  /// Any 32 bytes; those that are no point of the curve verify nothing.
  explicit VerifyingKey(const std::array<std::uint8_t, size>& bytes);

  const std::array<std::uint8_t, size>& bytes() const { return bytes_; }
  /// The JWK thumbprint (RFC 7638, of the members RFC 8037 §2 names), base64url: 43 characters.
  const std::string& id() const { return id_; }
  /// The JWK (RFC 7517 §4) in JSON, on one line.
  std::string jwk() const;
  /// Whether `signature` is this key's of `message`. Costs about 100 µs.
  bool verify(core::ByteView message, core::ByteView signature) const;

 private:
  std::array<std::uint8_t, size> bytes_;
  std::string id_;
};

/// An Ed25519 key pair that signs access tokens. Safe to use from every thread.
class SigningKey {
 public:
  static constexpr std::size_t seed_size = 32;
  using Signature = std::array<std::uint8_t, VerifyingKey::signature_size>;

  static SigningKey generate(core::Random& random);
  /// The pair of a private key as RFC 8032 §5.1.5 defines it: `seed_size` bytes, else `std::invalid_argument`.
  static SigningKey from_seed(const core::Secret& seed);

  const VerifyingKey& verifying_key() const { return verifying_key_; }
  const std::string& id() const { return verifying_key_.id(); }
  Signature sign(core::ByteView message) const;

  /// The private half for the store: the master key's version, then the seed sealed under its `key_sealing` key.
  core::Bytes sealed(const Keyring& keyring, core::Random& random) const;
  /// What `sealed` made. Fails with `internal` / "sealed_key_version_unknown" if the master key it names is not there,
  /// or as `open` does.
  static core::Result<SigningKey> unseal(const Keyring& keyring, core::ByteView sealed);

 private:
  SigningKey(core::Secret pair, VerifyingKey verifying_key)
      : pair_(std::move(pair)), verifying_key_(std::move(verifying_key)) {}
  core::Secret pair_;  ///< libsodium's form: seed, then public key
  VerifyingKey verifying_key_;
};

}  // namespace sallyport::crypto
