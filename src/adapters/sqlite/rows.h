#pragma once

#include "accounts/account.h"
#include "accounts/account_store.h"
#include "adapters/sqlite/writer.h"
#include "keys/signing_key_store.h"
#include "queries.h"
#include "sessions/session_store.h"

namespace sallyport::sqlite {

/// Rows as the capabilities know them, and the writes that more than one operation makes.

/// From any row that has all columns of an account.
template <class Row>
accounts::Account to_account(Row row) {
  return {.id = core::AccountId(row.id),
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
          .created_at = row.created_at,
          .updated_at = row.updated_at};
}

sessions::SessionView to_view(FindSessionRow row);
/// `unauthenticated` / "session_expired".
core::Result<sessions::SessionView> live_session(Queries& queries, core::SessionId id, core::Timestamp now);
std::string metadata_json(const std::map<std::string, std::string>& metadata);
/// The other way; empty for what is none.
std::map<std::string, std::string> metadata_of(const std::string& json);

/// Another status for an account.
struct StatusChange {
  core::AccountId account;
  std::optional<core::SessionId> session;  ///< of the owner who wants it
  accounts::AccountStatus status;
  core::Timestamp now;
};

/// The account with its new status; see `AccountStore::set_status`.
core::Result<accounts::Account> change_status(WriteTransaction& transaction, const StatusChange& change,
                                              const audit::Origin& origin);

/// An active administrator with credential and audit row; the setup token is dead from then on. `conflict` /
/// "identifier_taken".
core::Result<void> insert_administrator(WriteTransaction& transaction, const accounts::NewAdministrator& fresh);

/// That a named request was done, in the write that does it. `conflict` / "idempotency_key_used".
core::Result<void> note_done(Queries& queries, const idempotency::NamedRequest& request,
                             std::optional<core::AccountId> account, core::Timestamp now);

/// False if the account is not active with that credential version.
bool insert_session(Queries& queries, const sessions::NewSession& session, std::int64_t credential_version);

std::vector<keys::StoredKey> read_signing_keys(Queries& queries, crypto::SigningPurpose purpose);
/// How many that added: none if one of that id is there.
std::int64_t insert_signing_key(Queries& queries, const keys::StoredKey& key);

void invalidate(Queries& queries, core::AccountId account, core::Timestamp now);
void invalidate(Queries& queries, core::SessionId session, core::Timestamp now);

/// The counter of a key, or a fresh one.
throttle::AttemptCounter read_counter(Queries& queries, const throttle::AttemptKey& key);
void write_counter(Queries& queries, const throttle::AttemptKey& key, const throttle::AttemptCounter& counter,
                   const throttle::AttemptRules& rules);
/// Ends a reservation; see `throttle::AttemptStore::settle`. True if this failure locked the name.
bool settle_attempt(Queries& queries, const throttle::Attempt& attempt, throttle::Verdict verdict, core::Timestamp now,
                    const throttle::AttemptRules& rules);

}  // namespace sallyport::sqlite
