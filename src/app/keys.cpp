#include "app/keys.h"

#include <algorithm>
#include <cstdlib>

#include "adapters/sqlite/rows.h"
#include "adapters/system/master_key_file.h"

namespace sallyport::app {
namespace {

constexpr const char* key_file_variable = "SALLYPORT_MASTER_KEY_FILE";

const char* variable(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
}

}  // namespace

std::string master_key_source(const std::filesystem::path& data) {
  if (variable(master_key_variable) != nullptr) return master_key_variable;
  const char* const named = variable(key_file_variable);
  return named != nullptr ? named : data / "master.key";
}

core::Result<crypto::MasterKey> find_master_key(const std::filesystem::path& data) {
  const auto source = master_key_source(data);
  const char* const text = variable(master_key_variable);
  if (text == nullptr) return system_adapter::read_master_key(source);
  auto key = crypto::MasterKey::parse(core::Secret(std::string_view(text)));
  if (!key) key.error().log_detail.insert(0, source + ": ");
  return key;
}

core::Result<crypto::MasterKey> load_master_key(const std::filesystem::path& data, sqlite::Connection& database,
                                                core::Random& random) {
  auto key = find_master_key(data);
  if (key || key.error().code != "master_key_missing") return key;
  const auto file = master_key_source(data);
  // A store with data and no key is a mistake of mounting or restoring. A new key would make it unreadable for good.
  if (variable(key_file_variable) != nullptr || !database.queries().list_key_checks().empty()) {
    return core::refuse(
        core::Fault::conflict, "master_key_missing",
        "the master key " + file +
            " is not there, but the database was made with one. Bring that file back; nothing was changed");
  }
  auto fresh = crypto::MasterKey::generate(random);
  auto created = system_adapter::create_master_key(file, fresh);
  if (!created) return core::fail(std::move(created));
  return fresh;
}

core::Result<void> compare_master_key(const crypto::Keyring& keyring, sqlite::Connection& database,
                                      const std::string& source) {
  for (const auto& check : database.queries().list_key_checks()) {
    const auto version = static_cast<std::uint32_t>(check.version);
    if (!keyring.has_version(version)) {
      return core::refuse(core::Fault::conflict, "master_key_missing",
                          "the database names version " + std::to_string(version) +
                              " of the master key, which is not in " + source + ". Nothing was changed");
    }
    if (!crypto::equal(keyring.key_check(version), check.digest)) {
      return core::refuse(
          core::Fault::conflict, "master_key_wrong",
          "the master key " + source + " is not the one this database was made with. Nothing was changed");
    }
  }
  return {};
}

core::Result<void> check_master_key(const crypto::Keyring& keyring, sqlite::Connection& database,
                                    const std::string& source, core::Timestamp now) {
  auto compared = compare_master_key(keyring, database, source);
  if (!compared) return compared;
  const auto current = keyring.current_version();
  const bool is_known = std::ranges::any_of(database.queries().list_key_checks(),
                                            [&](const auto& check) { return check.version == current; });
  if (!is_known) database.queries().insert_key_check(current, keyring.key_check(current), now);
  return {};
}

core::Result<std::vector<crypto::KeySet::Member>> load_signing_keys(const crypto::Keyring& keyring,
                                                                    sqlite::Connection& database,
                                                                    crypto::SigningPurpose purpose) {
  std::vector<crypto::KeySet::Member> members;
  for (const auto& row : sqlite::read_signing_keys(database.queries(), purpose)) {
    auto key = row.unseal(keyring);
    if (!key) return core::fail(std::move(key));
    members.push_back({std::move(*key), row.times});
  }
  return members;
}

crypto::KeySet::Member make_signing_key(const crypto::Keyring& keyring, sqlite::Connection& database,
                                        core::Random& random, core::Timestamp now, crypto::KeyUse use) {
  crypto::KeySet::Member member{crypto::SigningKey::generate(random, std::move(use)), {now}};
  sqlite::insert_signing_key(database.queries(), keys::StoredKey::of(member.key, member.times, now, keyring, random));
  return member;
}

core::Result<crypto::KeySet> load_access_token_keys(const Config& config, const crypto::Keyring& keyring,
                                                    sqlite::Connection& database, core::Random& random,
                                                    core::Timestamp now) {
  auto members = load_signing_keys(keyring, database, crypto::SigningPurpose::access_token);
  if (!members) return core::fail(std::move(members));
  const bool has_signer = std::ranges::any_of(*members, [&](const auto& member) {
    const auto& audience = member.key.use().audience;
    return member.times.is_active(now) && (audience.empty() || audience == config.audience);
  });
  if (!has_signer) members->push_back(make_signing_key(keyring, database, random, now, access_token_use(config)));
  return crypto::KeySet(std::move(*members));
}

crypto::KeyUse access_token_use(const Config& config) {
  return access_token_use(config, *crypto::in_format(config.token_format, config.token_algorithm));
}

crypto::KeyUse access_token_use(const Config& config, crypto::SigningAlgorithm algorithm) {
  return {.algorithm = algorithm,
          .purpose = crypto::SigningPurpose::access_token,
          .audience = algorithm == crypto::SigningAlgorithm::hs256 ? config.audience : ""};
}

std::chrono::seconds key_reload_interval(const Config& config) {
  return std::clamp(config.key_notice / 10, std::chrono::seconds{1}, std::chrono::seconds{30});
}

keys::RotationTerms rotation_terms(const Config& config) {
  // A server that misses one reload still publishes a key for the max-age before it signs.
  return {.notice = config.key_notice + 2 * key_reload_interval(config),
          .token_lifetime = config.lifetimes.access_token};
}

}  // namespace sallyport::app
