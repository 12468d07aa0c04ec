#include "app/audit_keys.h"

namespace sallyport::app {

core::Result<std::vector<crypto::SigningKey>> load_audit_keys(const crypto::Keyring& keyring,
                                                              sqlite::Connection& database, core::Random& random,
                                                              core::Timestamp now) {
  const crypto::KeyUse use{.algorithm = crypto::SigningAlgorithm::eddsa,
                           .purpose = crypto::SigningPurpose::audit_checkpoint};
  std::vector<crypto::SigningKey> keys;
  for (const auto& row : database.queries().list_signing_keys(crypto::to_text(use.purpose), now)) {
    auto key = crypto::SigningKey::unseal(keyring, row.sealed_private);
    if (!key) {
      key.error().log_detail = "the key " + row.id + " of audit checkpoints cannot be read (" +
                               std::string(key.error().code) + "): it was replaced, or sealed under another master key";
      return core::fail(std::move(key));
    }
    if (key->id() != row.id || key->use() != use) {
      return std::unexpected(
          core::Error{.fault = core::Fault::conflict,
                      .code = "signing_key_wrong",
                      .log_detail = "the key " + row.id + " of audit checkpoints was replaced by another one"});
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) {
    auto fresh = crypto::SigningKey::generate(random, use);
    const auto sealed = fresh.sealed(keyring, random), public_key = fresh.verifying_key().bytes();
    database.queries().insert_signing_key({.id = fresh.id(),
                                           .purpose = crypto::to_text(use.purpose),
                                           .algorithm = crypto::to_text(use.algorithm),
                                           .public_key = public_key,
                                           .sealed_private = core::ByteView(sealed),
                                           .now = now});
    keys.push_back(std::move(fresh));
  }
  return keys;
}

}  // namespace sallyport::app
