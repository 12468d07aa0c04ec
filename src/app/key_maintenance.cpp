#include "app/key_maintenance.h"

#include "adapters/sqlite/stores.h"
#include "adapters/system/data_directory.h"
#include "adapters/system/master_key_file.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "app/command_answer.h"
#include "app/data_owner.h"
#include "app/keys.h"
#include "app/services.h"
#include "core/manual_loop.h"
#include "keys/import_keys.h"
#include "keys/key_file.h"

namespace sallyport::app {

using core::Fault;
using core::Result;

struct KeysImported {
  std::string master_key;  ///< where it is
  std::int64_t signing_keys_added = 0;
};
BOOST_DESCRIBE_STRUCT(KeysImported, (), (master_key, signing_keys_added))

struct MasterKeyRotated {
  std::string master_key;
  std::int64_t version = 0, signing_keys_resealed = 0;
};
BOOST_DESCRIBE_STRUCT(MasterKeyRotated, (), (master_key, version, signing_keys_resealed))

namespace {

/// The key store of a data folder that nobody else uses. Outlived by the keyring.
class QuietKeyStore {
 public:
  QuietKeyStore(const std::string& file, sqlite::Connection database, const crypto::Keyring& keyring)
      : writer_(std::move(database),
                audit::Chain(random_.bytes<16>(), keyring.mac_key(crypto::Purpose::audit_commitment), random_), clock_,
                {}, [](const std::string&) {}),
        readers_(file, 1, clock_) {}
  sqlite::SqliteSigningKeyStore& operator*() { return store_; }
  template <class T>
  T run(core::Task<T> task) {
    return loop_.run(std::move(task));
  }

 private:
  system_adapter::SystemClock clock_;
  system_adapter::SystemRandom random_;
  sqlite::Writer writer_;
  sqlite::Readers readers_;
  sqlite::SqliteSigningKeyStore store_{writer_, readers_};
  core::ManualLoop loop_{clock_};
};

Result<system_adapter::DataDirectory> open_folder(const Config& config) {
  if (belongs_to_another_user(config.data))
    return core::refuse(Fault::conflict, "data_unusable", foreign_data_sentence(config.data));
  auto opened = system_adapter::DataDirectory::open(config.data);
  if (!opened && opened.error().code == "data_in_use")
    opened.error().log_detail += "; end it first: this needs the data for itself";
  return opened;
}

std::unexpected<core::Error> unusable(const Config& config, const std::exception& error) {
  return core::refuse(Fault::unavailable, "store_unavailable",
                      "cannot open the database in " + config.data + ": " + error.what());
}

crypto::MasterKey copy(const crypto::MasterKey& key) { return crypto::MasterKey::parse(key.serialise()).value(); }

/// The versions that both have are the same keys, and they have one.
bool is_kin(const crypto::Keyring& one, const crypto::Keyring& other) {
  bool has_common = false;
  for (const auto& version : one.master().versions()) {
    if (!other.has_version(version.number)) continue;
    if (!crypto::equal(one.key_check(version.number), other.key_check(version.number))) return false;
    has_common = true;
  }
  return has_common;
}

Result<KeysImported> import_into(const Config& config, const std::filesystem::path& folder, const std::string& name,
                                 keys::KeyFile file) {
  const auto database_file = (folder / database_name).string();
  const auto source = master_key_source(folder);
  auto master = find_master_key(folder);
  if (!master && master.error().code != "master_key_missing") return core::fail(std::move(master));
  const bool is_there = master.has_value();
  const crypto::Keyring of_file(copy(file.master));
  const crypto::Keyring keyring(is_there ? std::move(*master) : std::move(file.master));
  if (!is_kin(keyring, of_file))
    return core::refuse(Fault::conflict, "key_file_foreign",
                        "the master key " + source + " is another one than that in " + name + ". Nothing was changed");
  std::error_code ignored;
  if (std::filesystem::exists(database_file, ignored)) {
    sqlite::Connection database(database_file, sqlite::Access::read_write);
    auto compared = compare_master_key(keyring, database, is_there ? source : name);
    if (!compared) return core::fail(std::move(compared));
  }
  if (!is_there) {
    auto created = system_adapter::create_master_key(source, keyring.master());
    if (!created) return core::fail(std::move(created));
  }

  sqlite::Connection database(database_file, sqlite::Access::read_write);
  sqlite::migrate(database);
  system_adapter::SystemRandom random;
  const auto now = system_adapter::SystemClock().now();
  auto checked = check_master_key(keyring, database, source, now);
  if (!checked) return core::fail(std::move(checked));
  QuietKeyStore store(database_file, std::move(database), keyring);
  auto added = store.run(
      keys::import_keys(*store, keyring, std::move(file.keys), rotation_terms(config), now, random, operator_origin()));
  if (!added) return core::fail(std::move(added));
  return KeysImported{.master_key = source, .signing_keys_added = *added};
}

Result<KeysImported> import_from(const Config& config, const std::string& name) {
  const auto text = system_adapter::read_secret_file(name, key_file_kind);
  if (!text) return std::unexpected(text.error());
  auto file = keys::KeyFile::parse(*text);
  if (!file) file.error().log_detail.insert(0, name + ": ");
  if (!file) return core::fail(std::move(file));
  auto folder = open_folder(config);
  if (!folder) return core::fail(std::move(folder));
  try {
    return import_into(config, folder->path(), name, std::move(*file));
  } catch (const std::exception& error) {
    return unusable(config, error);
  }
}

/// The signing keys, sealed under the newest version.
Result<keys::Resealing> resealed(const crypto::Keyring& keyring, sqlite::Connection& database, core::Random& random,
                                 core::Timestamp now) {
  keys::Resealing resealing{.sealed_by_id = {}, .now = now, .origin = operator_origin()};
  for (const auto purpose : crypto::signing_purposes) {
    const auto members = load_signing_keys(keyring, database, purpose);
    if (!members) return std::unexpected(members.error());
    for (const auto& [key, times] : *members)
      resealing.sealed_by_id.emplace_back(key.id(), key.sealed(keyring, random));
  }
  return resealing;
}

Result<MasterKeyRotated> rotate_master_key_in(const std::filesystem::path& folder) {
  const auto source = master_key_source(folder);
  if (source == master_key_variable)
    return core::refuse(
        Fault::conflict, "master_key_fixed",
        "the master key is the value of SALLYPORT_MASTER_KEY, which a command cannot change; put it into a "
        "file (mode 0600), name that with SALLYPORT_MASTER_KEY_FILE instead, and rotate again");
  const auto database_file = (folder / database_name).string();
  system_adapter::SystemRandom random;
  const auto now = system_adapter::SystemClock().now();
  sqlite::Connection database(database_file, sqlite::Access::read_write);
  sqlite::migrate(database);
  const auto master = load_master_key(folder, database, random);
  if (!master) return std::unexpected(master.error());
  auto checked = check_master_key(crypto::Keyring(copy(*master)), database, source, now);
  if (!checked) return core::fail(std::move(checked));
  const crypto::Keyring keyring(master->with_fresh_version(random));
  auto resealing = resealed(keyring, database, random, now);
  if (!resealing) return core::fail(std::move(resealing));

  // The file first: what is sealed under a version must never be stored before that is.
  auto replaced = system_adapter::replace_master_key(source, keyring.master());
  if (!replaced) return core::fail(std::move(replaced));
  checked = check_master_key(keyring, database, source, now);
  if (!checked) return core::fail(std::move(checked));
  MasterKeyRotated done{.master_key = source,
                        .version = keyring.current_version(),
                        .signing_keys_resealed = std::ssize(resealing->sealed_by_id)};
  QuietKeyStore store(database_file, std::move(database), keyring);
  auto stored = store.run((*store).reseal(std::move(*resealing)));
  if (!stored) return core::fail(std::move(stored));
  return done;
}

Result<MasterKeyRotated> rotate_master_key_of(const Config& config) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::path(config.data) / database_name, ignored))
    return core::refuse(Fault::conflict, "data_unusable",
                        "there is no database in " + config.data + "; name its folder with --data");
  auto folder = open_folder(config);
  if (!folder) return core::fail(std::move(folder));
  try {
    return rotate_master_key_in(folder->path());
  } catch (const std::exception& error) {
    return unusable(config, error);
  }
}

template <class Document>
std::string line_of(Result<Document> done) {
  return answer_line(done ? answer(*done) : Answer(core::fail(std::move(done))));
}

}  // namespace

std::string import_keys(const Config& config, const std::string& file) { return line_of(import_from(config, file)); }

std::string rotate_master_key(const Config& config) { return line_of(rotate_master_key_of(config)); }

}  // namespace sallyport::app
