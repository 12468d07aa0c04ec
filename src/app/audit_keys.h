#pragma once

#include <vector>

#include "adapters/sqlite/connection.h"
#include "core/random.h"
#include "core/result.h"
#include "crypto/keyring.h"
#include "crypto/signing_key.h"

namespace sallyport::app {

/// The keys of checkpoints of the audit log, sealed in the store like those of access tokens, oldest first; the first
/// is made when there is none. `conflict` / "signing_key_wrong", with a sentence, for a row that is not such a key.
core::Result<std::vector<crypto::SigningKey>> load_audit_keys(const crypto::Keyring& keyring,
                                                              sqlite::Connection& database, core::Random& random,
                                                              core::Timestamp now);

}  // namespace sallyport::app
