#include "app/services.h"

#include <algorithm>
#include <thread>

#include "adapters/s3/picture_bucket.h"
#include "adapters/system/picture_folder.h"
#include "app/audit_keys.h"
#include "app/keys.h"
#include "app/mail_commands.h"
#include "app/setup.h"

namespace sallyport::app {
namespace {

crypto::Peppers peppers_of(const crypto::Keyring& keyring, const crypto::MasterKey& master, bool is_used) {
  crypto::Peppers peppers;
  for (const auto& version : master.versions()) {
    peppers.by_version.emplace(version.number,
                               crypto::HmacKey(keyring.derive(crypto::Purpose::pepper, version.number)));
  }
  if (is_used) peppers.current = keyring.current_version();
  return peppers;
}

constexpr int pictures_in_memory = 16;

std::string issuer_of(const Config& config) {
  // Without a name of its own, one that does not change with the port.
  return config.issuer.value_or(config.public_url.value_or("http://localhost"));
}

unsigned hash_threads(const Config& config) {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  return config.hash_threads != 0 ? static_cast<unsigned>(config.hash_threads) : std::max(1U, cores - 1);
}

}  // namespace

core::Result<OpenedData> open_data(const Config& config) {
  auto templates = mail::Templates::load(house_of(config));
  if (!templates) return core::fail(std::move(templates));
  auto folder = system_adapter::DataDirectory::open(config.data);
  if (!folder) return core::fail(std::move(folder));
  system_adapter::SystemClock clock;
  system_adapter::SystemRandom random;
  try {
    sqlite::Connection database((folder->path() / database_name).string(), sqlite::Access::read_write);
    sqlite::migrate(database);
    auto master = load_master_key(folder->path(), database, random);
    if (!master) return core::fail(std::move(master));
    auto keys = crypto::MasterKey::parse(master->serialise());  // the keyring takes one, peppers want the versions
    crypto::Keyring keyring(std::move(*keys));
    auto checked = check_master_key(keyring, database, master_key_source(folder->path()), clock.now());
    if (!checked) return core::fail(std::move(checked));
    auto signing_keys = load_access_token_keys(config, keyring, database, random, clock.now());
    if (!signing_keys) return core::fail(std::move(signing_keys));
    auto audit_keys = load_audit_keys(keyring, database, random, clock.now());
    if (!audit_keys) return core::fail(std::move(audit_keys));
    return OpenedData{std::move(*folder),       std::move(database),    std::move(*master),   std::move(keyring),
                      std::move(*signing_keys), std::move(*audit_keys), std::move(*templates)};
  } catch (const std::exception& error) {
    return std::unexpected(
        core::Error{.fault = core::Fault::unavailable,
                    .code = "store_unavailable",
                    .log_detail = std::string("cannot open the database in ") + config.data + ": " + error.what()});
  }
}

Services::Services(const Config& settings, OpenedData opened, std::function<void(const std::string&)> on_store_failure)
    : config(settings),
      data(std::move(opened.folder)),
      keyring(std::move(opened.keyring)),
      audit_keys(std::move(opened.audit_keys)),
      writer(std::move(opened.database),
             audit::Chain(random.bytes<16>(), keyring.mac_key(crypto::Purpose::audit_commitment), random), clock,
             sqlite::Writer::Options{.on_mail = [this] { bell.ring(); }}, std::move(on_store_failure)),
      readers(database_file(), 1, clock),
      operators_reader(database_file(), 1, clock),
      accounts(writer, readers),
      directory(operators_reader),
      own_directory(readers),
      administration(writer),
      invitations(writer, readers),
      verifications(writer, readers),
      mail_requests(writer, readers),
      setup(writer, readers),
      sessions(writer, readers, config.lifetimes, config.throttle),
      attempts(writer, config.throttle),
      outbox(writer, operators_reader),
      recoveries(writer),
      done_requests(writer, readers),
      flow_upkeep(writer),
      audit_log(writer, operators_reader),
      audit_upkeep(audit_log, audit_keys, clock, config.audit_retention),
      avatars(writer, readers),
      own_data(readers),
      pictures(make_picture_store()),
      signing_keys(writer, readers),
      recipe(argon2, random, config.argon2, peppers_of(keyring, opened.master, config.has_pepper)),
      hash_pool(recipe, clock, random, {.threads = hash_threads(config)}),
      policy(config.password),
      access_tokens(std::move(opened.signing_keys), issuer_of(config), config.audience, config.lifetimes.access_token,
                    clock, random),
      live_keys(signing_keys, keyring, clock, [this](crypto::KeySet keys) { access_tokens.use(std::move(keys)); }),
      rotate_keys(signing_keys, keyring, clock, random, rotation_terms(config),
                  [this](crypto::KeyUse use) { return make_key(std::move(use)); }),
      key_care(
          signing_keys, live_keys, rotate_keys, clock,
          {.interval = key_reload_interval(config), .lifetime = config.key_lifetime, .use = access_token_use(config)}),
      mint(keyring, access_tokens, config.lifetimes, random, &countries),
      name_request(keyring),
      cache(sessions, clock),
      activity(sessions, clock),
      authenticate(access_tokens, live_keys, cache, activity),
      mail_desk(keyring, random),
      sign_in(accounts, sessions, attempts, hash_pool, cache, mint, clock,
              config.has_new_device_mail ? &mail_desk : nullptr, &mail_desk),
      refresh(sessions, cache, mint, clock),
      sign_out(sessions, cache, clock),
      revoke_sessions(sessions, cache, clock),
      templates(std::move(opened.templates)),
      links(own_url(config, config.listen)),
      outbox_upkeep(outbox, clock, config.mail_retention),
      cleaner(clock),
      mailer(config.smtp, clock),
      sender(make_sender()),
      flow_desk(mail_desk, links, keyring, random),
      register_account(accounts, own_directory, hash_pool, mint, clock, config.registration,
                       {.desk = mail_desk,
                        .flows = flow_desk,
                        .valid_for = config.verification_valid_for,
                        .is_welcoming = config.has_welcome_mail.value_or(!config.smtp.host.empty())}),
      register_once(register_account, sign_in, accounts, done_requests, clock),
      update_profile(accounts, cache),
      own_password(accounts, attempts, hash_pool, mint, clock),
      reauthenticate(own_password, sessions, cache, clock),
      change_password(own_password, accounts, hash_pool, cache, mail_desk, clock),
      request_recovery({.requests = mail_requests,
                        .done = done_requests,
                        .keyring = keyring,
                        .bell = recovery_bell,
                        .clock = clock,
                        .random = random},
                       config.recovery_valid_for),
      recovery_mails(flow_desk, config.recovery_valid_for),
      answer_recovery_requests(mail_requests, recovery_mails, recovery_bell, clock),
      confirm_recovery(recoveries, hash_pool, policy, cache, mail_desk, keyring, clock),
      find_users(directory),
      invitation_desk(mail_desk, links, config.invitation_valid_for, random),
      create_user(administration, invitation_desk, hash_pool, clock, random),
      invite_user(directory, administration, invitation_desk),
      accept_invitation(invitations, hash_pool, policy, mint, clock),
      administer_users(directory, administration, cache, mail_desk, config.restore_window),
      set_user_password(directory, administration, hash_pool, policy, cache, mail_desk, clock),
      ask_verification(verifications, flow_desk, clock, config.verification_valid_for),
      request_verification(mail_requests, verification_bell, clock, random, config.verification_valid_for),
      verification_mails(flow_desk, config.verification_valid_for),
      answer_verification_requests(mail_requests, verification_mails, verification_bell, clock),
      confirm_verification(verifications, own_password, cache, mint, mail_desk, clock),
      change_address(own_password, own_directory, verifications, flow_desk, mail_desk, clock,
                     config.verification_valid_for),
      make_setup_token(setup, keyring, clock, random),
      complete_setup(setup, hash_pool, policy, keyring, clock, random),
      delete_account(own_password, accounts, cache, mail_desk, clock, config.restore_window),
      erase_deleted(accounts, clock, config.restore_window),
      change_avatar(avatars, *pictures, cache, clock, random, config.avatar),
      upload_avatar(avatars, *pictures, change_avatar, clock, random),
      leftover_care(avatars, *pictures, clock),
      picture_slots(pictures_in_memory) {}

core::Task<core::Result<crypto::SigningKey>> Services::make_key(crypto::KeyUse use) {
  if (use.algorithm != crypto::SigningAlgorithm::rs256)
    co_return core::Result<crypto::SigningKey>(crypto::SigningKey::generate(random, std::move(use)));
  // 100 ms and more: on a thread that no request waits for.
  co_return co_await operators_reader.submit<crypto::SigningKey>(
      [this, use = std::move(use)](sqlite::Queries&) -> core::Result<crypto::SigningKey> {
        return crypto::SigningKey::generate(random, use);
      });
}

std::unique_ptr<avatars::PictureStore> Services::make_picture_store() {
  if (config.has_picture_bucket) return std::make_unique<s3::PictureBucket>(config.s3, clock);
  return std::make_unique<system_adapter::PictureFolder>(data.path(),
                                                         config.public_url.value_or("") + "/v1/avatars/uploads/");
}

std::optional<mail::Sender> Services::make_sender() {
  if (config.smtp.host.empty()) return std::nullopt;
  const mail::SenderRules rules{.most_attempts = config.mail_attempts,
                                .lease = 2 * config.smtp.timeout + std::chrono::seconds{10}};
  return std::optional<mail::Sender>(std::in_place, outbox, mail_desk, templates, mailer, *config.mail_from, bell,
                                     clock, random, rules);
}

void Services::stop() {
  mailer.stop();
  pictures->stop();
  hash_pool.stop();
  writer.stop();
  operators_reader.stop();
  readers.stop();
}

}  // namespace sallyport::app
