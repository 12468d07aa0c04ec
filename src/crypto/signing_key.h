#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "crypto/key_parts.h"
#include "crypto/key_use.h"
#include "crypto/keyring.h"

namespace sallyport::crypto {

/// The half of a signing key that verifiers know, and what the key is for. Cheap to copy; safe to use from every
/// thread.
class VerifyingKey {
 public:
  /// What `bytes` gave. Fails with `invalid` / "signing_key_unfit" for bytes that are no key of the algorithm, a key
  /// too weak to be used (RSA: under 2048 bits, exponent 1, CVE-2017-15361), every key of HS256, which has no public
  /// half, and a use that is not possible.
  static core::Result<VerifyingKey> parse(KeyUse use, core::ByteView bytes);

  const KeyUse& use() const { return use_; }
  /// 32 bytes for Ed25519 (RFC 8032 §5.1.5), else SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7); nothing for HS256.
  core::Bytes bytes() const { return part_->bytes(); }
  /// The JWK thumbprint (RFC 7638), base64url: 43 characters.
  const std::string& id() const { return id_; }
  /// The JWK (RFC 7517 §4) in JSON, on one line; nothing for HS256. The `alg` of a PASETO key is "v4.public", which
  /// keeps JWT libraries from using it.
  std::optional<std::string> jwk() const;
  /// Whether `signature` is this key's of `message`. ES256 signatures are r and s of 32 bytes each (RFC 7518 §3.4).
  /// Costs 100 µs (Ed25519), 130 (ES256), 40 (RS256), 1 (HS256).
  bool verify(core::ByteView message, core::ByteView signature) const { return part_->verify(message, signature); }

 private:
  friend class SigningKey;
  VerifyingKey(KeyUse use, std::shared_ptr<const PublicPart> part);

  KeyUse use_;
  std::shared_ptr<const PublicPart> part_;  ///< shared by the copies, which never change it
  std::string id_;
};

/// A key pair, or for HS256 a secret. Safe to use from every thread.
class SigningKey {
 public:
  /// Throws `std::invalid_argument` for a use that is not possible. RSA takes about 100 ms.
  static SigningKey generate(core::Random& random, KeyUse use = {});
  /// What `bytes` gave, or a key made elsewhere. Fails as `VerifyingKey::parse` does, with HS256 from 32 bytes on.
  static core::Result<SigningKey> parse(KeyUse use, const core::Secret& bytes);

  const VerifyingKey& verifying_key() const { return verifying_key_; }
  const KeyUse& use() const { return verifying_key_.use(); }
  const std::string& id() const { return verifying_key_.id(); }
  core::Bytes sign(core::ByteView message) const { return part_->sign(message); }
  /// The private half: 32 bytes for Ed25519 (the seed of RFC 8032 §5.1.5), PKCS #8 in DER (RFC 5208) for ES256 and
  /// RS256, the key of HS256. Always the same for one key.
  core::Secret bytes() const { return part_->bytes(); }

  /// Use and private half for the store: the master key's version, then both sealed under its `key_sealing` key.
  core::Bytes sealed(const Keyring& keyring, core::Random& random) const;
  /// What `sealed` made, also in the first release. Fails with `internal` / "sealed_key_version_unknown" if the master
  /// key it names is not there, or "sealed_unreadable" as `open` does.
  static core::Result<SigningKey> unseal(const Keyring& keyring, core::ByteView sealed);

 private:
  SigningKey(KeyUse use, std::unique_ptr<const PrivatePart> part)
      : verifying_key_(std::move(use), part->public_part()), part_(std::move(part)) {}

  VerifyingKey verifying_key_;
  std::unique_ptr<const PrivatePart> part_;
};

}  // namespace sallyport::crypto
