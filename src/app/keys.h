#pragma once

#include <filesystem>
#include <string>

#include "adapters/sqlite/connection.h"
#include "core/random.h"
#include "core/result.h"
#include "crypto/key_set.h"
#include "crypto/keyring.h"

namespace sallyport::app {

/// What the store calls the keys of access tokens.
inline constexpr std::string_view access_token_purpose = "access_token";

/// Where the master key is looked for, in words an operator finds it by: "SALLYPORT_MASTER_KEY" or the name of a file.
std::string master_key_source(const std::filesystem::path& data);

/// The master key: `SALLYPORT_MASTER_KEY`, the file named by `SALLYPORT_MASTER_KEY_FILE`, or `master.key` in the data
/// folder. Made only for a store that has none yet. Fails with a sentence for the operator in `log_detail`.
core::Result<crypto::MasterKey> load_master_key(const std::filesystem::path& data, sqlite::Connection& database,
                                                core::Random& random);

/// Holds the store against the keyring: every version it names must be there and be the same key; a new store notes
/// the version in use. `conflict` / "master_key_missing" or "master_key_wrong", with a sentence that names `source`.
core::Result<void> check_master_key(const crypto::Keyring& keyring, sqlite::Connection& database,
                                    const std::string& source, core::Timestamp now);

/// The keys of access tokens; the first is made when there is none.
core::Result<crypto::KeySet> load_signing_keys(const crypto::Keyring& keyring, sqlite::Connection& database,
                                               core::Random& random, core::Timestamp now);

}  // namespace sallyport::app
