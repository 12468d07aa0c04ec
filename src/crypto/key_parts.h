#pragma once

#include <memory>
#include <string>

#include "core/bytes.h"
#include "core/random.h"
#include "core/secret.h"
#include "crypto/key_use.h"

namespace sallyport::crypto {

/// The half of a key that verifies, by algorithm. Safe to use from every thread.
class PublicPart {
 public:
  virtual ~PublicPart() = default;
  virtual bool verify(core::ByteView message, core::ByteView signature) const = 0;
  /// See `VerifyingKey::bytes`.
  virtual core::Bytes bytes() const = 0;
  /// The members of the JWK that RFC 7638 §3.2 takes the thumbprint of, as it orders them.
  virtual std::string jwk_members() const = 0;
};

/// The half that signs. Safe to use from every thread.
class PrivatePart {
 public:
  virtual ~PrivatePart() = default;
  virtual core::Bytes sign(core::ByteView message) const = 0;
  /// See `SigningKey::bytes`.
  virtual core::Secret bytes() const = 0;
  /// Shared with every `VerifyingKey` of the pair.
  virtual std::shared_ptr<const PublicPart> public_part() const = 0;
};

// Each gives null for bytes that are no key of the algorithm, or one too weak to be used.

std::unique_ptr<PrivatePart> ed25519_private(const core::Secret& seed);
std::unique_ptr<PublicPart> ed25519_public(core::ByteView bytes);

std::unique_ptr<PrivatePart> hmac_private(const core::Secret& key);

/// ES256 and RS256 by OpenSSL, which also draws their randomness.
std::unique_ptr<PrivatePart> generate_openssl_key(SigningAlgorithm algorithm);
std::unique_ptr<PrivatePart> openssl_private(SigningAlgorithm algorithm, const core::Secret& pkcs8);
std::unique_ptr<PublicPart> openssl_public(SigningAlgorithm algorithm, core::ByteView spki);

}  // namespace sallyport::crypto
