#include "adapters/sqlite/flow_mails.h"
#include "adapters/sqlite/flow_rows.h"
#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using accounts::Account;
using accounts::AccountStatus;
using core::Fault;
using core::Result;
using core::Task;

namespace {

/// From any row that has what a sign-in is checked against.
template <class Row>
accounts::SignInRecord to_sign_in_record(Row row) {
  return {.id = core::AccountId(row.id),
          .status = static_cast<AccountStatus>(row.status),
          .credential_version = row.credential_version,
          .verifier = std::move(row.verifier),
          .email = std::move(row.email).value_or(""),
          .display_name = std::move(row.display_name),
          .locale = std::move(row.locale)};
}

constexpr std::int64_t final_verifier = 1;  // credentials.kind

template <class Value>
std::optional<std::string_view> text_of(const std::optional<Value>& value) {
  return value ? std::optional(value->str()) : std::nullopt;
}

/// The new value if one was given, else the old one.
template <class Value>
std::optional<std::string> changed(const std::optional<std::optional<Value>>& change, std::optional<std::string> old) {
  if (!change) return old;
  return *change ? std::optional(std::string((*change)->str())) : std::nullopt;
}

Result<void> write_if_taken(WriteTransaction& transaction, const accounts::NewAccount& refused) {
  auto& queries = transaction.queries();
  if (refused.request) {
    if (auto noted = note_done(queries, *refused.request, std::nullopt, refused.created_at); !noted) return noted;
  }
  const auto owner = queries.find_account_id(refused.email.key().str());
  if (!owner) return {};  // it is taken, so there is one
  const core::AccountId id(*owner);
  tell_owner(transaction, *refused.if_taken, id);
  transaction.append_audit({.event = audit::Event::registration_repeated,
                            .at = refused.created_at,
                            .account = id,
                            .session = std::nullopt,
                            .origin = refused.origin});
  return {};
}

}  // namespace

Result<Account> change_status(WriteTransaction& transaction, const StatusChange& change, const audit::Origin& origin) {
  auto& queries = transaction.queries();
  const auto account = change.account.uuid();
  auto row = queries.find_account(account);
  if (!row) return core::fail(Fault::not_found, "account_not_found");
  const auto deleted_at = change.status == AccountStatus::deleted ? std::optional(change.now) : std::nullopt;
  const auto changed_rows = queries.set_account_status(
      {.status = static_cast<std::int64_t>(change.status), .now = change.now, .deleted_at = deleted_at, .id = account});
  if (changed_rows == 0) return core::fail(Fault::conflict, "last_administrator");
  queries.end_account_sessions(change.now, static_cast<std::int64_t>(sessions::EndReason::account_changed), account);
  invalidate(queries, change.account, change.now);
  transaction.append_audit({.event = audit::Event::account_status_changed,
                            .at = change.now,
                            .account = change.account,
                            .session = change.session,
                            .origin = origin});
  auto changed_account = to_account(std::move(*row));  // a deleted one is found no more
  changed_account.status = change.status;
  changed_account.updated_at = change.now;
  return changed_account;
}

Result<void> insert_administrator(WriteTransaction& transaction, const accounts::NewAdministrator& fresh) {
  auto& queries = transaction.queries();
  const auto inserted = queries.insert_account({.id = fresh.id.uuid(),
                                                .email = fresh.email.str(),
                                                .email_key = fresh.email.key().str(),
                                                .phone = std::nullopt,
                                                .display_name = text_of(fresh.display_name),
                                                .locale = std::nullopt,
                                                .time_zone = std::nullopt,
                                                .role = static_cast<std::int64_t>(accounts::Role::admin),
                                                .status = static_cast<std::int64_t>(AccountStatus::active),
                                                .now = fresh.created_at});
  if (inserted == 0) return core::fail(Fault::conflict, "identifier_taken");
  queries.insert_credential(
      {.account_id = fresh.id.uuid(), .kind = final_verifier, .verifier = fresh.verifier, .now = fresh.created_at});
  queries.delete_setup_token();
  transaction.append_audit({.event = audit::Event::administrator_created,
                            .at = fresh.created_at,
                            .account = fresh.id,
                            .session = std::nullopt,
                            .origin = fresh.origin});
  return {};
}

Task<Result<void>> SqliteAccountStore::create_account(accounts::NewAccount account) {
  auto shared = std::make_shared<const accounts::NewAccount>(std::move(account));
  co_return co_await writer_.submit<void>([shared](WriteTransaction& transaction) -> Result<void> {
    const auto& fresh = *shared;
    auto& queries = transaction.queries();
    // Looked up before anything is written: a refusal that has written makes the batch run again (ADR 7).
    const auto known_since = fresh.created_at - idempotency::known_for;
    if (fresh.request && queries.find_done_request(fresh.request->key, known_since))
      return core::fail(Fault::conflict, "idempotency_key_used");
    const auto inserted = queries.insert_account({.id = fresh.id.uuid(),
                                                  .email = fresh.email.str(),
                                                  .email_key = fresh.email.key().str(),
                                                  .phone = std::nullopt,
                                                  .display_name = text_of(fresh.display_name),
                                                  .locale = text_of(fresh.locale),
                                                  .time_zone = text_of(fresh.time_zone),
                                                  .role = static_cast<std::int64_t>(fresh.role),
                                                  .status = static_cast<std::int64_t>(fresh.status),
                                                  .now = fresh.created_at});
    if (inserted == 0) {
      if (!fresh.if_taken) return core::fail(Fault::conflict, "identifier_taken");
      return write_if_taken(transaction, fresh);
    }
    queries.insert_credential(
        {.account_id = fresh.id.uuid(), .kind = final_verifier, .verifier = fresh.verifier, .now = fresh.created_at});
    if (fresh.session) insert_session(queries, *fresh.session, 1);
    if (fresh.mail) transaction.insert_mail(*fresh.mail);
    if (fresh.flow) insert_flow(queries, *fresh.flow);
    if (fresh.request) {
      if (auto noted = note_done(queries, *fresh.request, fresh.id, fresh.created_at); !noted) return noted;
    }
    transaction.append_audit({.event = audit::Event::account_registered,
                              .at = fresh.created_at,
                              .account = fresh.id,
                              .session = fresh.session ? std::optional(fresh.session->id) : std::nullopt,
                              .origin = fresh.origin});
    return {};
  });
}

Task<Result<void>> SqliteAccountStore::create_administrator(accounts::NewAdministrator administrator) {
  auto shared = std::make_shared<const accounts::NewAdministrator>(std::move(administrator));
  co_return co_await writer_.submit<void>(
      [shared](WriteTransaction& transaction) { return insert_administrator(transaction, *shared); });
}

Task<Result<accounts::SignInRecord>> SqliteAccountStore::find_sign_in(accounts::EmailKey key) {
  co_return co_await readers_.submit<accounts::SignInRecord>(
      [key = std::move(key)](Queries& queries) -> Result<accounts::SignInRecord> {
        auto row = queries.find_sign_in(key.str());
        if (!row) return core::fail(Fault::not_found, "account_not_found");
        return to_sign_in_record(std::move(*row));
      });
}

Task<Result<accounts::SignInRecord>> SqliteAccountStore::find_sign_in(core::AccountId id) {
  co_return co_await readers_.submit<accounts::SignInRecord>([id](Queries& queries) -> Result<accounts::SignInRecord> {
    auto row = queries.find_sign_in_by_id(id.uuid());
    if (!row) return core::fail(Fault::not_found, "account_not_found");
    return to_sign_in_record(std::move(*row));
  });
}

Task<Result<void>> SqliteAccountStore::change_password(accounts::PasswordChange change) {
  auto shared = std::make_shared<const accounts::PasswordChange>(std::move(change));
  co_return co_await writer_.submit<void>([shared](WriteTransaction& transaction) -> Result<void> {
    const auto& asked = *shared;
    auto& queries = transaction.queries();
    const auto kept = live_session(queries, asked.session, asked.now);
    if (!kept || kept->account.id != asked.account) return core::fail(Fault::unauthenticated, "session_expired");
    const auto account = asked.account.uuid();
    const auto replaced = queries.replace_verifier(
        {.next = asked.next, .now = asked.now, .account_id = account, .previous = asked.previous});
    if (replaced == 0) return core::fail(Fault::conflict, "verifier_changed");
    queries.move_credential_version(asked.now, account);
    queries.renew_session(asked.now, asked.session.uuid());
    queries.end_other_sessions({.now = asked.now,
                                .reason = static_cast<std::int64_t>(sessions::EndReason::account_changed),
                                .account_id = account,
                                .kept = asked.session.uuid()});
    if (asked.mail) transaction.insert_mail(*asked.mail);
    invalidate(queries, asked.account, asked.now);
    transaction.append_audit({.event = audit::Event::password_changed,
                              .at = asked.now,
                              .account = asked.account,
                              .session = asked.session,
                              .origin = asked.origin});
    return {};
  });
}

Task<Result<void>> SqliteAccountStore::replace_verifier(accounts::ReplaceVerifier replacement) {
  auto shared = std::make_shared<const accounts::ReplaceVerifier>(std::move(replacement));
  co_return co_await writer_.submit<void>([shared](WriteTransaction& transaction) -> Result<void> {
    const auto replaced = transaction.queries().replace_verifier(
        {.next = shared->next, .now = shared->now, .account_id = shared->account.uuid(), .previous = shared->previous});
    if (replaced == 0) return core::fail(Fault::conflict, "verifier_changed");
    return {};
  });
}

Task<Result<Account>> SqliteAccountStore::update_profile(accounts::ProfileChange change) {
  auto shared = std::make_shared<const accounts::ProfileChange>(std::move(change));
  co_return co_await writer_.submit<Account>([shared](WriteTransaction& transaction) -> Result<Account> {
    auto& queries = transaction.queries();
    auto row = queries.find_account(shared->account.uuid());
    if (!row) return core::fail(Fault::not_found, "account_not_found");
    auto account = to_account(std::move(*row));
    account.display_name = changed(shared->display_name, std::move(account.display_name));
    account.locale = changed(shared->locale, std::move(account.locale));
    account.time_zone = changed(shared->time_zone, std::move(account.time_zone));
    const auto phone_before = account.phone;
    account.phone = changed(shared->phone, std::move(account.phone));
    account.is_phone_verified = account.is_phone_verified && account.phone == phone_before;
    account.updated_at = shared->now;
    queries.update_profile({.display_name = account.display_name,
                            .locale = account.locale,
                            .time_zone = account.time_zone,
                            .phone = account.phone,
                            .now = shared->now,
                            .id = account.id.uuid()});
    invalidate(queries, account.id, shared->now);
    transaction.append_audit({.event = audit::Event::profile_changed,
                              .at = shared->now,
                              .account = account.id,
                              .session = std::nullopt,
                              .origin = shared->origin});
    return account;
  });
}

Task<Result<Account>> SqliteAccountStore::set_status(core::AccountId account, AccountStatus status, core::Timestamp now,
                                                     audit::Origin origin) {
  co_return co_await writer_.submit<Account>(
      [account, status, now, origin = std::move(origin)](WriteTransaction& transaction) {
        return change_status(transaction, {account, std::nullopt, status, now}, origin);
      });
}

Task<Result<std::int64_t>> SqliteAccountStore::end_sessions(core::AccountId account, core::Timestamp now,
                                                            audit::Origin origin) {
  co_return co_await writer_.submit<std::int64_t>(
      [account, now, origin = std::move(origin)](WriteTransaction& transaction) -> Result<std::int64_t> {
        auto& queries = transaction.queries();
        if (!queries.find_account(account.uuid())) return core::fail(Fault::not_found, "account_not_found");
        const auto ended = queries.end_account_sessions(now, static_cast<std::int64_t>(sessions::EndReason::signed_out),
                                                        account.uuid());
        invalidate(queries, account, now);
        transaction.append_audit({.event = audit::Event::all_sessions_ended,
                                  .at = now,
                                  .account = account,
                                  .session = std::nullopt,
                                  .origin = origin});
        return ended;
      });
}

}  // namespace sallyport::sqlite
