#include "crypto/seal.h"

#include <stdexcept>

#include "crypto/sodium_start.h"

namespace sallyport::crypto {
namespace {

constexpr std::uint8_t xchacha20_poly1305 = 1;  // the format version: the first byte of everything sealed
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t head_size = 1 + nonce_size;
static_assert(seal_key_size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

void require_key(const core::Secret& key) {
  if (key.size() != seal_key_size) throw std::invalid_argument("a sealing key has 32 bytes");
  start_sodium();
}

std::unexpected<core::Error> unreadable(std::string why) {
  return std::unexpected(
      core::Error{.fault = core::Fault::internal, .code = "sealed_unreadable", .log_detail = std::move(why)});
}

}  // namespace

core::Bytes seal(const core::Secret& key, core::ByteView associated, const core::Secret& plain, core::Random& random) {
  require_key(key);
  core::Bytes sealed(head_size + plain.size() + tag_size);
  sealed[0] = xchacha20_poly1305;
  const auto nonce = std::span(sealed).subspan(1, nonce_size);
  random.fill(nonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(&sealed[head_size], nullptr, plain.reveal_bytes().data(), plain.size(),
                                             associated.data(), associated.size(), nullptr, nonce.data(),
                                             key.reveal_bytes().data());
  return sealed;
}

core::Result<core::Secret> open(const core::Secret& key, core::ByteView associated, core::ByteView sealed) {
  require_key(key);
  if (sealed.size() < head_size + tag_size) return unreadable("sealed bytes are cut short");
  if (sealed[0] != xchacha20_poly1305) return unreadable("sealed in format " + std::to_string(sealed[0]));
  const auto nonce = sealed.subspan(1, nonce_size);
  const auto ciphertext = sealed.subspan(head_size);
  auto plain = core::Secret::of_size(ciphertext.size() - tag_size);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.writable().data(), nullptr, nullptr, ciphertext.data(),
                                                 ciphertext.size(), associated.data(), associated.size(), nonce.data(),
                                                 key.reveal_bytes().data()) != 0)
    return unreadable("sealed under another key, for another place, or changed");
  return plain;
}

}  // namespace sallyport::crypto
