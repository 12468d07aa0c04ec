#pragma once

#include <filesystem>
#include <string>

#include "adapters/sqlite/connection.h"
#include "adapters/system/secret_file.h"
#include "app/config.h"
#include "core/random.h"
#include "core/result.h"
#include "crypto/key_set.h"
#include "crypto/keyring.h"
#include "keys/rotate_keys.h"

namespace sallyport::app {

/// The file of `keys export` and `keys import`.
inline constexpr system_adapter::SecretFileKind key_file_kind{.what = "file of keys",
                                                              .most_bytes = 1'048'576,
                                                              .missing = "key_file_missing",
                                                              .exposed = "key_file_exposed",
                                                              .not_a_file = "key_file_unfit",
                                                              .unreadable = "key_file_unreadable",
                                                              .exists = "key_file_exists",
                                                              .unwritable = "key_file_unwritable"};

/// The variable that may hold the master key itself.
inline constexpr const char* master_key_variable = "SALLYPORT_MASTER_KEY";

/// Where the master key is looked for, in words an operator finds it by: "SALLYPORT_MASTER_KEY" or the name of a file.
std::string master_key_source(const std::filesystem::path& data);

/// The master key as it is there: `SALLYPORT_MASTER_KEY`, the file named by `SALLYPORT_MASTER_KEY_FILE`, or
/// `master.key` in the data folder. `not_found` / "master_key_missing", or a sentence for the operator in `log_detail`.
core::Result<crypto::MasterKey> find_master_key(const std::filesystem::path& data);

/// As `find_master_key`, but makes the key for a store that has none yet.
core::Result<crypto::MasterKey> load_master_key(const std::filesystem::path& data, sqlite::Connection& database,
                                                core::Random& random);

/// Holds the store against the keyring: every version it names must be there and be the same key. `conflict` /
/// "master_key_missing" or "master_key_wrong", with a sentence that names `source`.
core::Result<void> compare_master_key(const crypto::Keyring& keyring, sqlite::Connection& database,
                                      const std::string& source);

/// As `compare_master_key`; a store that does not name the version in use notes it.
core::Result<void> check_master_key(const crypto::Keyring& keyring, sqlite::Connection& database,
                                    const std::string& source, core::Timestamp now);

/// The keys of a purpose. Fails with a sentence for the operator in `log_detail`.
core::Result<std::vector<crypto::KeySet::Member>> load_signing_keys(const crypto::Keyring& keyring,
                                                                    sqlite::Connection& database,
                                                                    crypto::SigningPurpose purpose);

/// Makes a key that signs from now on, and stores it.
crypto::KeySet::Member make_signing_key(const crypto::Keyring& keyring, sqlite::Connection& database,
                                        core::Random& random, core::Timestamp now, crypto::KeyUse use);

/// The keys of access tokens, one of which signs: it is made when there is none.
core::Result<crypto::KeySet> load_access_token_keys(const Config& config, const crypto::Keyring& keyring,
                                                    sqlite::Connection& database, core::Random& random,
                                                    core::Timestamp now);

/// What keys made from now on are for, as configured or with the algorithm given (any in the format of its own).
crypto::KeyUse access_token_use(const Config& config);
crypto::KeyUse access_token_use(const Config& config, crypto::SigningAlgorithm algorithm);

/// How often a server reads the keys: soon enough that a key is known everywhere well within its notice.
std::chrono::seconds key_reload_interval(const Config& config);
keys::RotationTerms rotation_terms(const Config& config);

}  // namespace sallyport::app
