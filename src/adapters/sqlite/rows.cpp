#include "adapters/sqlite/rows.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace sallyport::sqlite {

sessions::SessionView to_view(FindSessionRow row) {
  const core::AccountId account(row.account_id);
  return {.session = {.id = core::SessionId(row.id),
                      .account = account,
                      .credential_version = row.credential_version,
                      .device_id = std::move(row.device_id),
                      .created_at = row.created_at,
                      .auth_time = row.auth_time,
                      .last_seen_at = row.last_seen_at,
                      .expires_at = row.expires_at,
                      .absolute_expires_at = row.absolute_expires_at},
          .account = {.id = account,
                      .email = std::move(row.email).value_or(""),
                      .is_email_verified = row.email_verified_at.has_value(),
                      .phone = std::move(row.phone),
                      .is_phone_verified = row.phone_verified_at.has_value(),
                      .display_name = std::move(row.display_name),
                      .locale = std::move(row.locale),
                      .time_zone = std::move(row.time_zone),
                      .avatar = std::move(row.avatar),
                      .role = static_cast<accounts::Role>(row.role),
                      .status = static_cast<accounts::AccountStatus>(row.status),
                      .credential_version = row.credential_version,
                      .has_password = row.has_password,
                      .created_at = row.account_created_at,
                      .updated_at = row.account_updated_at}};
}

core::Result<sessions::SessionView> live_session(Queries& queries, core::SessionId id, core::Timestamp now) {
  auto row = queries.find_session(id.uuid(), now);
  if (!row) return core::fail(core::Fault::unauthenticated, "session_expired");
  return to_view(std::move(*row));
}

std::string metadata_json(const std::map<std::string, std::string>& metadata) {
  boost::json::object object;
  for (const auto& [name, value] : metadata) object.emplace(name, value);
  return boost::json::serialize(object);
}

std::map<std::string, std::string> metadata_of(const std::string& json) {
  std::map<std::string, std::string> metadata;
  boost::system::error_code failure;
  const auto value = boost::json::parse(json, failure);
  if (failure || !value.is_object()) return metadata;
  for (const auto& [name, text] : value.get_object())
    if (text.is_string()) metadata.emplace(std::string(name), std::string(text.get_string()));
  return metadata;
}

bool insert_session(Queries& queries, const sessions::NewSession& session, std::int64_t credential_version) {
  if (!queries.find_unchanged_account(session.account.uuid(), credential_version)) return false;
  queries.insert_session({.id = session.id.uuid(),
                          .account_id = session.account.uuid(),
                          .credential_version = credential_version,
                          .token_digest = session.token_digest,
                          .refresh_digest = session.refresh_digest,
                          .now = session.created_at,
                          .device_id = session.device.id,
                          .device_name = session.device.name,
                          .device_type = session.device.type,
                          .client_version = session.device.client_version,
                          .device_metadata = metadata_json(session.device.metadata),
                          .installation_id = session.device.installation,
                          .ip = session.ip,
                          .country = session.country,
                          .expires_at = session.expires_at,
                          .absolute_expires_at = session.absolute_expires_at});
  return true;
}

core::Result<void> note_done(Queries& queries, const idempotency::NamedRequest& request,
                             std::optional<core::AccountId> account, core::Timestamp now) {
  const auto noted = queries.insert_done_request({.key = request.key,
                                                  .fingerprint = request.fingerprint,
                                                  .account_id = account ? std::optional(account->uuid()) : std::nullopt,
                                                  .now = now,
                                                  .known_since = now - idempotency::known_for});
  if (noted == 0) return core::fail(core::Fault::conflict, "idempotency_key_used");
  return {};
}

void invalidate(Queries& queries, core::AccountId account, core::Timestamp now) {
  queries.insert_invalidation(static_cast<std::int64_t>(sessions::Invalidation::Kind::account), account.uuid(), now);
}

void invalidate(Queries& queries, core::SessionId session, core::Timestamp now) {
  queries.insert_invalidation(static_cast<std::int64_t>(sessions::Invalidation::Kind::session), session.uuid(), now);
}

throttle::AttemptCounter read_counter(Queries& queries, const throttle::AttemptKey& key) {
  const auto row = queries.find_counter(key);
  if (!row) return {};
  return {.failures = row->failures,
          .failures_since = row->failures_since,
          .locked_until = row->locked_until,
          .lock_level = row->lock_level};
}

void write_counter(Queries& queries, const throttle::AttemptKey& key, const throttle::AttemptCounter& counter,
                   const throttle::AttemptRules& rules) {
  queries.upsert_counter({.key = key,
                          .failures = counter.failures,
                          .failures_since = counter.failures_since,
                          .locked_until = counter.locked_until,
                          .lock_level = counter.lock_level,
                          .forgotten_at = throttle::forgotten_at(counter, rules)});
}

bool settle_attempt(Queries& queries, const throttle::Attempt& attempt, throttle::Verdict verdict, core::Timestamp now,
                    const throttle::AttemptRules& rules) {
  const core::ByteView print(attempt.print);
  if (verdict == throttle::Verdict::refunded) {
    queries.release_reservation(attempt.key, print);
    queries.drop_released_reservation(attempt.key, print);
    return false;
  }
  if (queries.drop_reservation(attempt.key, print) == 0) return false;
  const auto counter =
      throttle::after_failure(throttle::decayed(read_counter(queries, attempt.key), now, rules), now, rules);
  write_counter(queries, attempt.key, counter, rules);
  return counter.locked_until && *counter.locked_until > now && counter.failures == 0;
}

}  // namespace sallyport::sqlite
