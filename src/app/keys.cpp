#include "app/keys.h"

#include <algorithm>
#include <cstdlib>

#include "adapters/system/master_key_file.h"

namespace sallyport::app {
namespace {

constexpr std::string_view access_token_purpose = "access_token";

std::unexpected<core::Error> refuse(std::string_view code, std::string sentence) {
  return std::unexpected(core::Error{.fault = core::Fault::conflict, .code = code, .log_detail = std::move(sentence)});
}

}  // namespace

core::Result<crypto::MasterKey> load_master_key(const std::filesystem::path& data, sqlite::Connection& database,
                                                core::Random& random) {
  if (const char* text =
          std::getenv("SALLYPORT_MASTER_KEY")) {  // NOLINT(concurrency-mt-unsafe): before any thread starts
    return crypto::MasterKey::parse(core::Secret(std::string_view(text)));
  }
  const char* named = std::getenv("SALLYPORT_MASTER_KEY_FILE");  // NOLINT(concurrency-mt-unsafe)
  const auto file = named != nullptr ? std::filesystem::path(named) : data / "master.key";
  auto key = system_adapter::read_master_key(file);
  if (key || key.error().code != "master_key_missing") return key;
  // A store with data and no key is a mistake of mounting or restoring. A new key would make it unreadable for good.
  if (named != nullptr || !database.queries().list_key_checks().empty()) {
    return refuse("master_key_missing",
                  "the master key " + file.string() +
                      " is not there, but the database was made with one. Bring that file back; nothing was changed");
  }
  auto fresh = crypto::MasterKey::generate(random);
  auto created = system_adapter::create_master_key(file, fresh);
  if (!created) return core::fail(std::move(created));
  return fresh;
}

core::Result<void> check_master_key(const crypto::Keyring& keyring, sqlite::Connection& database, core::Timestamp now) {
  const auto checks = database.queries().list_key_checks();
  for (const auto& check : checks) {
    const auto version = static_cast<std::uint32_t>(check.version);
    if (!keyring.has_version(version)) {
      return refuse("master_key_missing", "the database names version " + std::to_string(version) +
                                              " of the master key, which is not in the key given. Nothing was changed");
    }
    if (!crypto::equal(keyring.key_check(version), check.digest)) {
      return refuse("master_key_wrong",
                    "the master key is not the one this database was made with. Nothing was changed");
    }
  }
  const auto current = keyring.current_version();
  const bool is_known = std::ranges::any_of(checks, [&](const auto& check) { return check.version == current; });
  if (!is_known) database.queries().insert_key_check(current, keyring.key_check(current), now);
  return {};
}

core::Result<std::vector<crypto::SigningKey>> load_signing_keys(const crypto::Keyring& keyring,
                                                                sqlite::Connection& database, core::Random& random,
                                                                core::Timestamp now) {
  std::vector<crypto::SigningKey> keys;
  for (const auto& row : database.queries().list_signing_keys(access_token_purpose, now)) {
    auto key = crypto::SigningKey::unseal(keyring, row.sealed_private);
    if (!key) return core::fail(std::move(key));
    if (key->id() != row.id)
      return refuse("signing_key_wrong", "the signing key " + row.id + " of the database does not have that id");
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) {
    auto fresh = crypto::SigningKey::generate(random);
    const auto sealed = fresh.sealed(keyring, random);
    database.queries().insert_signing_key({.id = fresh.id(),
                                           .purpose = access_token_purpose,
                                           .algorithm = crypto::VerifyingKey::algorithm,
                                           .public_key = core::ByteView(fresh.verifying_key().bytes()),
                                           .sealed_private = core::ByteView(sealed),
                                           .now = now});
    keys.push_back(std::move(fresh));
  }
  return keys;
}

}  // namespace sallyport::app
