#include <algorithm>
#include <array>

#include "core/base64url.h"
#include "crypto/key_parts.h"
#include "crypto/sodium_start.h"

namespace sallyport::crypto {
namespace {

using PublicBytes = std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES>;

class Ed25519Public final : public PublicPart {
 public:
  explicit Ed25519Public(const PublicBytes& bytes) : bytes_(bytes) {}

  bool verify(core::ByteView message, core::ByteView signature) const override {
    return signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(signature.data(), message.data(), message.size(), bytes_.data()) == 0;
  }
  core::Bytes bytes() const override { return {bytes_.begin(), bytes_.end()}; }
  std::string jwk_members() const override {  // RFC 8037 §2
    return R"("crv":"Ed25519","kty":"OKP","x":")" + core::base64url_encode(bytes_) + '"';
  }

 private:
  PublicBytes bytes_;
};

class Ed25519Private final : public PrivatePart {
 public:
  explicit Ed25519Private(const core::Secret& seed) : pair_(core::Secret::of_size(crypto_sign_SECRETKEYBYTES)) {
    PublicBytes public_bytes;
    crypto_sign_seed_keypair(public_bytes.data(), pair_.writable().data(), seed.reveal_bytes().data());
    public_ = std::make_shared<Ed25519Public>(public_bytes);
  }

  core::Bytes sign(core::ByteView message) const override {
    core::Bytes signature(crypto_sign_BYTES);
    crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), pair_.reveal_bytes().data());
    return signature;
  }
  core::Secret bytes() const override { return core::Secret(pair_.reveal().substr(0, crypto_sign_SEEDBYTES)); }
  std::shared_ptr<const PublicPart> public_part() const override { return public_; }

 private:
  core::Secret pair_;  ///< libsodium's form: seed, then public key
  std::shared_ptr<const PublicPart> public_;
};

}  // namespace

std::unique_ptr<PrivatePart> ed25519_private(const core::Secret& seed) {
  start_sodium();
  return seed.size() == crypto_sign_SEEDBYTES ? std::make_unique<Ed25519Private>(seed) : nullptr;
}

std::unique_ptr<PublicPart> ed25519_public(core::ByteView bytes) {
  start_sodium();
  PublicBytes key;
  if (bytes.size() != key.size()) return nullptr;
  std::ranges::copy(bytes, key.begin());
  return std::make_unique<Ed25519Public>(key);
}

}  // namespace sallyport::crypto
