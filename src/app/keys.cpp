#include "app/keys.h"

#include <algorithm>
#include <cstdlib>

#include "adapters/system/master_key_file.h"

namespace sallyport::app {
namespace {

constexpr const char* key_variable = "SALLYPORT_MASTER_KEY";
constexpr const char* key_file_variable = "SALLYPORT_MASTER_KEY_FILE";

const char* variable(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
}

std::unexpected<core::Error> refuse(std::string_view code, std::string sentence) {
  return std::unexpected(core::Error{.fault = core::Fault::conflict, .code = code, .log_detail = std::move(sentence)});
}

}  // namespace

std::string master_key_source(const std::filesystem::path& data) {
  if (variable(key_variable) != nullptr) return key_variable;
  const char* const named = variable(key_file_variable);
  return named != nullptr ? named : data / "master.key";
}

core::Result<crypto::MasterKey> load_master_key(const std::filesystem::path& data, sqlite::Connection& database,
                                                core::Random& random) {
  const auto source = master_key_source(data);
  if (const char* text = variable(key_variable)) {
    auto key = crypto::MasterKey::parse(core::Secret(std::string_view(text)));
    if (!key) key.error().log_detail.insert(0, source + ": ");
    return key;
  }
  const bool is_named = variable(key_file_variable) != nullptr;
  const std::filesystem::path file(source);
  auto key = system_adapter::read_master_key(file);
  if (key || key.error().code != "master_key_missing") return key;
  // A store with data and no key is a mistake of mounting or restoring. A new key would make it unreadable for good.
  if (is_named || !database.queries().list_key_checks().empty()) {
    return refuse("master_key_missing",
                  "the master key " + file.string() +
                      " is not there, but the database was made with one. Bring that file back; nothing was changed");
  }
  auto fresh = crypto::MasterKey::generate(random);
  auto created = system_adapter::create_master_key(file, fresh);
  if (!created) return core::fail(std::move(created));
  return fresh;
}

core::Result<void> check_master_key(const crypto::Keyring& keyring, sqlite::Connection& database,
                                    const std::string& source, core::Timestamp now) {
  const auto checks = database.queries().list_key_checks();
  for (const auto& check : checks) {
    const auto version = static_cast<std::uint32_t>(check.version);
    if (!keyring.has_version(version)) {
      return refuse("master_key_missing", "the database names version " + std::to_string(version) +
                                              " of the master key, which is not in " + source +
                                              ". Nothing was changed");
    }
    if (!crypto::equal(keyring.key_check(version), check.digest)) {
      return refuse("master_key_wrong",
                    "the master key " + source + " is not the one this database was made with. Nothing was changed");
    }
  }
  const auto current = keyring.current_version();
  const bool is_known = std::ranges::any_of(checks, [&](const auto& check) { return check.version == current; });
  if (!is_known) database.queries().insert_key_check(current, keyring.key_check(current), now);
  return {};
}

core::Result<crypto::KeySet> load_signing_keys(const crypto::Keyring& keyring, sqlite::Connection& database,
                                               core::Random& random, core::Timestamp now) {
  std::vector<crypto::KeySet::Member> keys;
  for (const auto& row : database.queries().list_signing_keys(access_token_purpose, now)) {
    auto key = crypto::SigningKey::unseal(keyring, row.sealed_private);
    if (!key) return core::fail(std::move(key));
    if (key->id() != row.id)
      return refuse("signing_key_wrong", "the signing key " + row.id + " of the database does not have that id");
    keys.push_back({std::move(*key), {row.active_from}});
  }
  if (keys.empty()) {
    auto fresh = crypto::SigningKey::generate(random);
    const auto sealed = fresh.sealed(keyring, random), public_key = fresh.verifying_key().bytes();
    database.queries().insert_signing_key({.id = fresh.id(),
                                           .purpose = access_token_purpose,
                                           .algorithm = crypto::to_text(fresh.use().algorithm),
                                           .public_key = public_key,
                                           .sealed_private = core::ByteView(sealed),
                                           .now = now});
    keys.push_back({std::move(fresh), {now}});
  }
  return crypto::KeySet(std::move(keys));
}

}  // namespace sallyport::app
