#include "crypto/signing_key.h"

#include <algorithm>
#include <stdexcept>

#include "core/base64url.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "crypto/sodium_start.h"

namespace sallyport::crypto {
namespace {

static_assert(VerifyingKey::size == crypto_sign_PUBLICKEYBYTES && SigningKey::seed_size == crypto_sign_SEEDBYTES &&
              VerifyingKey::signature_size == crypto_sign_BYTES);

// What sealed bytes are, so that no other sealed thing can stand in for a signing key.
constexpr std::string_view sealed_as = "sallyport/v1/signing_key/ed25519";

constexpr std::size_t version_size = 4;

// RFC 7638 §3: the required members in lexicographic order, without white space.
std::string thumbprint(core::ByteView key) {
  const auto x = core::base64url_encode(key);
  return core::base64url_encode(
      sha256({core::as_bytes(R"({"crv":"Ed25519","kty":"OKP","x":")"), core::as_bytes(x), core::as_bytes(R"("})")}));
}

}  // namespace

VerifyingKey::VerifyingKey(const std::array<std::uint8_t, size>& bytes) : bytes_(bytes), id_(thumbprint(bytes)) {
  start_sodium();
}

std::string VerifyingKey::jwk() const {
  return R"({"kty":"OKP","crv":"Ed25519","x":")" + core::base64url_encode(bytes_) +
         R"(","use":"sig","alg":"EdDSA","kid":")" + id_ + R"("})";
}

bool VerifyingKey::verify(core::ByteView message, core::ByteView signature) const {
  return signature.size() == signature_size &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(), bytes_.data()) == 0;
}

SigningKey SigningKey::generate(core::Random& random) { return from_seed(random.secret(seed_size)); }

SigningKey SigningKey::from_seed(const core::Secret& seed) {
  if (seed.size() != seed_size) throw std::invalid_argument("an Ed25519 seed has 32 bytes");
  start_sodium();
  std::array<std::uint8_t, VerifyingKey::size> public_key;
  auto pair = core::Secret::of_size(crypto_sign_SECRETKEYBYTES);
  crypto_sign_seed_keypair(public_key.data(), pair.writable().data(), seed.reveal_bytes().data());
  return {std::move(pair), VerifyingKey(public_key)};
}

SigningKey::Signature SigningKey::sign(core::ByteView message) const {
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), pair_.reveal_bytes().data());
  return signature;
}

core::Bytes SigningKey::sealed(const Keyring& keyring, core::Random& random) const {
  const auto version = keyring.current_version();
  const core::Secret seed(pair_.reveal().substr(0, seed_size));
  const auto box = seal(keyring.derive(Purpose::key_sealing, version), core::as_bytes(sealed_as), seed, random);
  core::Bytes bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(version >> shift));
  bytes.insert(bytes.end(), box.begin(), box.end());
  return bytes;
}

core::Result<SigningKey> SigningKey::unseal(const Keyring& keyring, core::ByteView sealed) {
  std::uint32_t version = 0;  // never one of a master key, so bytes cut short name an unknown one
  if (sealed.size() >= version_size)
    for (const auto byte : sealed.first(version_size)) version = version << 8 | byte;
  if (!keyring.has_version(version))
    return std::unexpected(
        core::Error{.fault = core::Fault::internal,
                    .code = "sealed_key_version_unknown",
                    .log_detail = "a signing key is sealed under master key version " + std::to_string(version)});
  auto seed =
      open(keyring.derive(Purpose::key_sealing, version), core::as_bytes(sealed_as), sealed.subspan(version_size));
  if (!seed) return core::fail(std::move(seed));
  return from_seed(*seed);
}

}  // namespace sallyport::crypto
