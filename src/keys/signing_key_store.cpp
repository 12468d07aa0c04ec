#include "keys/signing_key_store.h"

namespace sallyport::keys {

StoredKey StoredKey::of(const crypto::SigningKey& key, const crypto::KeyTimes& times, core::Timestamp created_at,
                        const crypto::Keyring& keyring, core::Random& random) {
  return {.id = key.id(),
          .purpose = key.use().purpose,
          .algorithm = std::string(crypto::to_text(key.use().algorithm)),
          .public_bytes = key.verifying_key().bytes(),
          .sealed = key.sealed(keyring, random),
          .times = times,
          .created_at = created_at};
}

core::Result<crypto::SigningKey> StoredKey::unseal(const crypto::Keyring& keyring) const {
  auto key = crypto::SigningKey::unseal(keyring, sealed);
  if (key && (key->id() != id || key->use().purpose != purpose)) {
    return std::unexpected(
        core::Error{.fault = core::Fault::internal,
                    .code = "signing_key_wrong",
                    .log_detail = "the signing key " + id + " of the database is not the one sealed with it"});
  }
  return key;
}

}  // namespace sallyport::keys
