#include "crypto/argon2_sodium.h"

#include <sodium.h>

#include <stdexcept>

namespace sallyport::crypto {

Argon2Sodium::Argon2Sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
}

core::Result<void> Argon2Sodium::hash(core::ByteView password, core::ByteView salt, const Argon2Parameters& parameters,
                                      std::span<std::uint8_t> out) {
  const auto memory = std::size_t{parameters.memory_kib} * 1024;
  const bool is_supported = parameters.lanes == 1 && salt.size() == crypto_pwhash_SALTBYTES &&
                            parameters.passes >= crypto_pwhash_argon2id_OPSLIMIT_MIN &&
                            memory >= crypto_pwhash_argon2id_MEMLIMIT_MIN && out.size() >= crypto_pwhash_BYTES_MIN;
  if (!is_supported) return core::fail(core::Fault::unimplemented, "argon2_unsupported");
  const auto text = core::as_text(password);
  if (crypto_pwhash(out.data(), out.size(), text.data(), text.size(), salt.data(), parameters.passes, memory,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    return core::fail(core::Fault::unavailable, "out_of_memory");
  return {};
}

}  // namespace sallyport::crypto
