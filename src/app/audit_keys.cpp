#include "app/audit_keys.h"

#include "adapters/sqlite/rows.h"
#include "app/keys.h"

namespace sallyport::app {

core::Result<std::vector<crypto::SigningKey>> load_audit_keys(const crypto::Keyring& keyring,
                                                              sqlite::Connection& database, core::Random& random,
                                                              core::Timestamp now) {
  const crypto::KeyUse use{.algorithm = crypto::SigningAlgorithm::eddsa,
                           .purpose = crypto::SigningPurpose::audit_checkpoint};
  std::vector<crypto::SigningKey> keys;
  for (const auto& row : sqlite::read_signing_keys(database.queries(), use.purpose)) {
    auto key = row.unseal(keyring);
    if ((!key && key.error().code == "signing_key_wrong") || (key && key->use() != use)) {
      return std::unexpected(
          core::Error{.fault = core::Fault::conflict,
                      .code = "signing_key_wrong",
                      .log_detail = "the key " + row.id + " of audit checkpoints was replaced by another one"});
    }
    if (!key) {
      key.error().log_detail = "the key " + row.id + " of audit checkpoints cannot be read (" +
                               std::string(key.error().code) + "): it was replaced, or sealed under another master key";
      return core::fail(std::move(key));
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) keys.push_back(make_signing_key(keyring, database, random, now, use).key);
  return keys;
}

}  // namespace sallyport::app
