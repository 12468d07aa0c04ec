#include "app/key_commands.h"

#include "app/keys.h"
#include "core/timestamp_text.h"
#include "keys/key_file.h"

namespace sallyport::app {

using core::Fault;
using core::Result;
using core::Task;
using crypto::SigningAlgorithm;
using crypto::TokenFormat;

struct KeyFacts {
  std::string kid, state, format, algorithm;
  std::optional<std::string> audience;  ///< the only one it is for
  std::string active_from;
  std::optional<std::string> active_until, published_until;
};
BOOST_DESCRIBE_STRUCT(KeyFacts, (),
                      (kid, state, format, algorithm, audience, active_from, active_until, published_until))

struct KeyList {
  std::vector<KeyFacts> keys;
};
BOOST_DESCRIBE_STRUCT(KeyList, (), (keys))

struct KeyRotated {
  std::string kid, format, algorithm, active_from;
  bool starts_at_once = false;
  std::int64_t key_set_max_age = 0;  ///< seconds that services keep the key set
};
BOOST_DESCRIBE_STRUCT(KeyRotated, (), (kid, format, algorithm, active_from, starts_at_once, key_set_max_age))

struct KeysExported {
  std::string file;
  std::int64_t signing_keys = 0, master_key_versions = 0;
};
BOOST_DESCRIBE_STRUCT(KeysExported, (), (file, signing_keys, master_key_versions))

namespace {

/// The name of the algorithm without the format's: PASETO's is Ed25519's.
std::string algorithm_text(SigningAlgorithm algorithm) {
  return std::string(to_text(algorithm == SigningAlgorithm::v4_public ? SigningAlgorithm::eddsa : algorithm));
}

std::string_view state_of(const crypto::KeySet::Member& member, const crypto::KeySet::Member* signing,
                          core::Timestamp now) {
  if (signing != nullptr && member.key.id() == signing->key.id()) return "current";
  const auto& times = member.times;
  if (!times.is_published(now)) return "ended";
  const bool will_sign = times.active_from > now && (!times.active_until || *times.active_until > times.active_from);
  return will_sign ? "next" : "previous";
}

Result<crypto::KeyUse> use_asked_for(const Config& config, const CommandRequest& request) {
  std::optional<SigningAlgorithm> algorithm;
  std::optional<TokenFormat> format;
  if (request.algorithm) {
    algorithm = crypto::parse_signing_algorithm(*request.algorithm);
    if (!algorithm || *algorithm == SigningAlgorithm::v4_public)
      return core::refuse(Fault::invalid, "signing_key_unfit", "--algorithm is EdDSA, ES256, RS256 or HS256");
  }
  if (request.format) {
    format = crypto::parse_token_format(*request.format);
    if (!format) return core::refuse(Fault::invalid, "signing_key_unfit", "--format is jwt or paseto");
  }
  if (!algorithm) {
    const bool is_possible =
        crypto::in_format(format.value_or(config.token_format), config.token_algorithm).has_value();
    algorithm = is_possible ? config.token_algorithm : SigningAlgorithm::eddsa;
  }
  if (!format) {
    format = crypto::in_format(config.token_format, *algorithm) ? config.token_format : TokenFormat::jwt;
  }
  const auto signing = crypto::in_format(*format, *algorithm);
  if (!signing) return core::refuse(Fault::invalid, "signing_key_unfit", "a key for paseto can only be of EdDSA");
  if (*signing == SigningAlgorithm::hs256 && config.audience == default_audience)
    return core::refuse(Fault::invalid, "signing_key_unfit",
                        "a key of HS256 is for one audience: set token.audience to one of your own first");
  return access_token_use(config, *signing);
}

/// On the operators' thread, since it waits for the disk.
Result<KeysExported> write_keys(const crypto::Keyring& keyring, sqlite::Queries&, std::vector<keys::StoredKey> stored,
                                const std::string& file) {
  auto master = crypto::MasterKey::parse(keyring.master().serialise());
  if (!master) return core::fail(std::move(master));
  keys::KeyFile exported{std::move(*master), {}};
  for (const auto& row : stored) {
    auto key = row.unseal(keyring);
    if (!key) return core::fail(std::move(key));
    exported.keys.push_back({std::move(*key), row.times});
  }
  auto written = system_adapter::create_secret_file(file, exported.serialise(), key_file_kind);
  if (!written) return core::fail(std::move(written));
  return KeysExported{.file = file,
                      .signing_keys = std::ssize(exported.keys),
                      .master_key_versions = std::ssize(exported.master.versions())};
}

}  // namespace

Task<Answer> list_keys(Services& services, CommandRequest) {
  auto stored = co_await services.signing_keys.keys_of(crypto::SigningPurpose::access_token);
  if (!stored) co_return Answer(core::fail(std::move(stored)));
  std::vector<crypto::KeySet::Member> members;
  KeyList list;
  for (const auto& row : *stored) {
    auto key = row.unseal(services.keyring);
    if (!key) co_return Answer(core::fail(std::move(key)));
    members.push_back({std::move(*key), row.times});
  }
  const crypto::KeySet keys(std::move(members));
  const auto now = services.clock.now();
  const auto* const signing = keys.signing(services.config.audience, now);
  const auto text = [](const auto& at) { return at ? std::optional(core::to_rfc3339(*at)) : std::nullopt; };
  for (const auto& member : keys.members()) {
    const auto& [key, times] = member;
    const auto& use = key.use();
    list.keys.push_back({.kid = key.id(),
                         .state = std::string(state_of(member, signing, now)),
                         .format = std::string(to_text(format_of(use.algorithm))),
                         .algorithm = algorithm_text(use.algorithm),
                         .audience = use.audience.empty() ? std::nullopt : std::optional(use.audience),
                         .active_from = core::to_rfc3339(times.active_from),
                         .active_until = text(times.active_until),
                         .published_until = text(times.published_until)});
  }
  co_return answer(list);
}

Task<Answer> rotate_keys(Services& services, CommandRequest request) {
  auto use = use_asked_for(services.config, request);
  if (!use) co_return Answer(core::fail(std::move(use)));
  if (request.start && *request.start != "now")
    co_return Answer(core::refuse(Fault::invalid, "signing_key_unfit", "a key starts now or after the notice"));
  auto rotated =
      co_await services.key_care.rotate({.use = std::move(*use),
                                         .start = request.start ? keys::Start::at_once : keys::Start::after_notice,
                                         .origin = operator_origin()});
  if (!rotated && rotated.error().code == "signing_key_pending")
    rotated.error().log_detail += "; rotate again after that, or with --now, and it never signs";
  if (!rotated) co_return Answer(core::fail(std::move(rotated)));
  co_return answer(KeyRotated{.kid = std::move(rotated->id),
                              .format = std::string(to_text(format_of(rotated->algorithm))),
                              .algorithm = algorithm_text(rotated->algorithm),
                              .active_from = core::to_rfc3339(rotated->times.active_from),
                              .starts_at_once = request.start.has_value(),
                              .key_set_max_age = services.config.key_notice.count()});
}

Task<Answer> export_keys(Services& services, CommandRequest request) {
  const auto file = request.file.value_or("");
  if (!file.starts_with('/'))
    co_return Answer(core::refuse(Fault::invalid, "file_not_absolute", "the name of the file is not absolute"));
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
    co_return Answer(core::refuse(Fault::conflict, "key_file_exists", file + " exists and is never replaced"));
  std::vector<keys::StoredKey> stored;
  for (const auto purpose : crypto::signing_purposes) {
    auto found = co_await services.signing_keys.keys_of(purpose);
    if (!found) co_return Answer(core::fail(std::move(found)));
    std::ranges::move(*found, std::back_inserter(stored));
  }
  auto noted = co_await services.signing_keys.note_export(services.clock.now(), operator_origin());
  if (!noted) co_return Answer(core::fail(std::move(noted)));
  auto exported = co_await services.operators_reader.submit<KeysExported>(
      [&keyring = services.keyring, stored = std::move(stored), file](sqlite::Queries& queries) {
        return write_keys(keyring, queries, stored, file);
      });
  if (!exported) co_return Answer(core::fail(std::move(exported)));
  co_return answer(*exported);
}

}  // namespace sallyport::app
