#include "adapters/sqlite/flow_rows.h"
#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using accounts::Account;
using accounts::AccountStatus;
using accounts::Mandate;
using accounts::Role;
using core::Fault;
using core::Result;
using core::Task;

namespace {

/// An account's row while it is changed.
struct Administered {
  Account account;
  std::string email_key;
  std::optional<core::Timestamp> email_verified_at;
};

template <class Value>
std::optional<std::string_view> text_of(const std::optional<Value>& value) {
  return value ? std::optional(value->str()) : std::nullopt;
}

/// Where the write comes from, if the mandate still holds. `unauthenticated` / "session_expired"; `forbidden` /
/// "forbidden".
Result<audit::Origin> origin_of(Queries& queries, const Mandate& mandate) {
  auto origin = mandate.origin;
  if (!mandate.session) return origin;
  const auto view = live_session(queries, *mandate.session, mandate.now);
  if (!view) return std::unexpected(view.error());
  if (view->account.role != Role::admin) return core::fail(Fault::forbidden, "forbidden");
  origin.actor = view->account.id;
  return origin;
}

Result<Administered> find_any(Queries& queries, core::AccountId id) {
  auto row = queries.find_any_account(id.uuid());
  if (!row) return core::fail(Fault::not_found, "account_not_found");
  auto key = std::move(row->email_key).value_or("");
  const auto verified_at = row->email_verified_at;
  return Administered{to_account(std::move(*row)), std::move(key), verified_at};
}

Result<Administered> find(Queries& queries, core::AccountId id) {
  auto found = find_any(queries, id);
  if (found && found->account.status == AccountStatus::deleted)
    return core::fail(Fault::not_found, "account_not_found");
  return found;
}

/// An account that is administered, and the row that tells of it.
class Administration {
 public:
  Administration(WriteTransaction& transaction, const Mandate& mandate, audit::Origin origin, core::AccountId account)
      : transaction_(transaction), mandate_(mandate), origin_(std::move(origin)), account_(account) {}
  void note(audit::Event event) {
    transaction_.append_audit(
        {.event = event, .at = mandate_.now, .account = account_, .session = mandate_.session, .origin = origin_});
  }
  std::int64_t end_sessions(sessions::EndReason reason) {
    return transaction_.queries().end_account_sessions(mandate_.now, static_cast<std::int64_t>(reason),
                                                       account_.uuid());
  }
  void invalidate_cached() { invalidate(transaction_.queries(), account_, mandate_.now); }

 private:
  WriteTransaction& transaction_;
  const Mandate& mandate_;
  const audit::Origin origin_;
  const core::AccountId account_;
};

/// Whether an account waits for the one whom this invitation went to.
bool awaits_owner(const Administered& found, const flows::NewFlow& invitation) {
  return found.account.status == AccountStatus::pending && !found.account.has_password && invitation.address &&
         invitation.address->key == found.email_key &&
         invitation.credential_version == found.account.credential_version;
}

/// Applies what was asked for, and says what of it is a change.
std::vector<audit::Event> apply(const accounts::UserChange& change, Administered& to) {
  std::vector<audit::Event> events;
  auto& account = to.account;
  const auto before = account;
  const auto set = [](const auto& asked, std::optional<std::string>& field) {
    if (!asked) return;
    field = *asked ? std::optional(std::string((*asked)->str())) : std::nullopt;
  };
  set(change.display_name, account.display_name);
  set(change.locale, account.locale);
  set(change.time_zone, account.time_zone);
  set(change.phone, account.phone);
  account.is_phone_verified = account.is_phone_verified && account.phone == before.phone;
  if (account.display_name != before.display_name || account.locale != before.locale ||
      account.time_zone != before.time_zone || account.phone != before.phone)
    events.push_back(audit::Event::profile_changed);
  if (change.email && change.email->str() != before.email) {
    account.email = change.email->str();
    if (to.email_key != change.email->key().str()) to.email_verified_at.reset();
    to.email_key = change.email->key().str();
    account.is_email_verified = to.email_verified_at.has_value();
    events.push_back(audit::Event::address_changed);
  }
  account.role = change.role.value_or(before.role);
  if (account.role != before.role) events.push_back(audit::Event::role_changed);
  account.status = change.status.value_or(before.status);
  if (account.status != before.status) events.push_back(audit::Event::account_status_changed);
  return events;
}

Result<Account> update(WriteTransaction& transaction, const accounts::UserChange& change) {
  auto& queries = transaction.queries();
  auto origin = origin_of(queries, change.mandate);
  if (!origin) return core::fail(std::move(origin));
  auto found = find(queries, change.account);
  if (!found) return core::fail(std::move(found));
  const auto before = found->account;
  const auto key_before = found->email_key;
  const auto events = apply(change, *found);
  auto& after = found->account;
  if (events.empty()) return after;
  const bool is_new_status = after.status != before.status;
  if (is_new_status && after.status == AccountStatus::active && !after.has_password)
    return core::fail(Fault::conflict, "password_missing");
  const auto owner = queries.find_account_id(found->email_key);
  if (owner && *owner != after.id.uuid()) return core::fail(Fault::conflict, "identifier_taken");
  after.updated_at = change.mandate.now;
  const auto updated = queries.update_account({.email = after.email,
                                               .email_key = found->email_key,
                                               .email_verified_at = found->email_verified_at,
                                               .phone = after.phone,
                                               .display_name = after.display_name,
                                               .locale = after.locale,
                                               .time_zone = after.time_zone,
                                               .role = static_cast<std::int64_t>(after.role),
                                               .status = static_cast<std::int64_t>(after.status),
                                               .now = after.updated_at,
                                               .id = after.id.uuid()});
  if (updated == 0) return core::fail(Fault::conflict, "last_administrator");
  if (found->email_key != key_before) {
    queries.delete_all_account_flows(after.id.uuid());
    if (change.notice) transaction.insert_mail(*change.notice);
  }
  Administration administration(transaction, change.mandate, std::move(*origin), after.id);
  if (is_new_status || after.role != before.role) administration.end_sessions(sessions::EndReason::account_changed);
  administration.invalidate_cached();
  for (const auto event : events) administration.note(event);
  return after;
}

Result<Account> find_invited(Queries& queries, const flows::ProofDigests& proof, core::Timestamp now) {
  const auto flow = check_proof(queries, flows::FlowKind::invitation, proof, now);
  if (!flow || !flow->flow.account) return flows::refused();
  auto found = find_any(queries, *flow->flow.account);
  if (!found || !awaits_owner(*found, flow->flow)) return flows::refused();
  return std::move(found->account);
}

}  // namespace

Task<Result<Account>> SqliteInvitationStore::find(flows::ProofDigests proof, core::Timestamp now) {
  co_return co_await readers_.submit<Account>(
      [proof = std::move(proof), now](Queries& queries) { return find_invited(queries, proof, now); });
}

Task<Result<Account>> SqliteInvitationStore::accept(accounts::AcceptInvitation acceptance) {
  auto shared = std::make_shared<const accounts::AcceptInvitation>(std::move(acceptance));
  co_return co_await writer_.submit<Account>([shared](WriteTransaction& transaction) -> Result<Account> {
    auto& queries = transaction.queries();
    const auto now = shared->session.created_at;
    const auto invited = find_invited(queries, shared->proof, now);
    if (!invited || invited->id != shared->session.account) return flows::refused();
    const auto id = invited->id.uuid();
    queries.put_credential(id, shared->verifier, now);
    queries.accept_invitation(now, text_of(shared->display_name), id);
    insert_session(queries, shared->session, invited->credential_version);
    queries.delete_all_account_flows(invited->id.uuid());
    if (invited->role == Role::admin) queries.delete_setup_token();
    transaction.append_audit({.event = audit::Event::invitation_accepted,
                              .at = now,
                              .account = invited->id,
                              .session = shared->session.id,
                              .origin = shared->origin});
    return to_account(queries.find_account(id).value());
  });
}

Task<Result<Account>> SqliteAdministrationStore::create_user(accounts::NewUser user) {
  auto shared = std::make_shared<const accounts::NewUser>(std::move(user));
  co_return co_await writer_.submit<Account>([shared](WriteTransaction& transaction) -> Result<Account> {
    const auto& fresh = *shared;
    auto& queries = transaction.queries();
    auto origin = origin_of(queries, fresh.mandate);
    if (!origin) return core::fail(std::move(origin));
    const auto now = fresh.mandate.now;
    const auto status = fresh.verifier ? AccountStatus::active : AccountStatus::pending;
    const auto inserted = queries.insert_account({.id = fresh.id.uuid(),
                                                  .email = fresh.email.str(),
                                                  .email_key = fresh.email.key().str(),
                                                  .phone = text_of(fresh.phone),
                                                  .display_name = text_of(fresh.display_name),
                                                  .locale = text_of(fresh.locale),
                                                  .time_zone = text_of(fresh.time_zone),
                                                  .role = static_cast<std::int64_t>(fresh.role),
                                                  .status = static_cast<std::int64_t>(status),
                                                  .now = now});
    if (inserted == 0) return core::fail(Fault::conflict, "identifier_taken");
    if (fresh.verifier) queries.put_credential(fresh.id.uuid(), *fresh.verifier, now);
    if (fresh.mail) transaction.insert_mail(*fresh.mail);
    if (fresh.invitation) insert_flow(queries, *fresh.invitation);
    if (fresh.role == Role::admin && fresh.verifier) queries.delete_setup_token();
    Administration(transaction, fresh.mandate, std::move(*origin), fresh.id).note(audit::Event::account_created);
    return to_account(queries.find_account(fresh.id.uuid()).value());
  });
}

Task<Result<Account>> SqliteAdministrationStore::update_user(accounts::UserChange change) {
  auto shared = std::make_shared<const accounts::UserChange>(std::move(change));
  co_return co_await writer_.submit<Account>(
      [shared](WriteTransaction& transaction) { return update(transaction, *shared); });
}

Task<Result<Account>> SqliteAdministrationStore::invite(accounts::Reinvitation invitation) {
  auto shared = std::make_shared<const accounts::Reinvitation>(std::move(invitation));
  co_return co_await writer_.submit<Account>([shared](WriteTransaction& transaction) -> Result<Account> {
    auto& queries = transaction.queries();
    auto origin = origin_of(queries, shared->mandate);
    if (!origin) return core::fail(std::move(origin));
    auto found = find(queries, shared->account);
    if (!found) return core::fail(std::move(found));
    if (!awaits_owner(*found, shared->flow)) return core::fail(Fault::conflict, "not_invited");
    delete_flows(queries, shared->account, flows::FlowKind::invitation);
    insert_flow(queries, shared->flow);
    transaction.insert_mail(shared->mail);
    Administration(transaction, shared->mandate, std::move(*origin), shared->account)
        .note(audit::Event::invitation_sent);
    return std::move(found->account);
  });
}

Task<Result<Account>> SqliteAdministrationStore::set_password(accounts::SetPassword setting) {
  auto shared = std::make_shared<const accounts::SetPassword>(std::move(setting));
  co_return co_await writer_.submit<Account>([shared](WriteTransaction& transaction) -> Result<Account> {
    auto& queries = transaction.queries();
    auto origin = origin_of(queries, shared->mandate);
    if (!origin) return core::fail(std::move(origin));
    auto found = find(queries, shared->account);
    if (!found) return core::fail(std::move(found));
    const auto now = shared->mandate.now;
    const auto id = shared->account.uuid();
    queries.put_credential(id, shared->verifier, now);
    queries.move_credential_version(now, id);
    queries.delete_all_account_flows(shared->account.uuid());
    if (shared->mail) transaction.insert_mail(*shared->mail);
    Administration administration(transaction, shared->mandate, std::move(*origin), shared->account);
    administration.note(audit::Event::password_set);
    if (queries.activate_pending_account(now, id) != 0) administration.note(audit::Event::account_status_changed);
    administration.end_sessions(sessions::EndReason::account_changed);
    administration.invalidate_cached();
    return to_account(queries.find_account(id).value());
  });
}

Task<Result<Account>> SqliteAdministrationStore::remove_user(core::AccountId account, Mandate mandate,
                                                             std::optional<mail::NewMail> notice) {
  auto shared = std::make_shared<const Mandate>(std::move(mandate));
  auto told = std::make_shared<const std::optional<mail::NewMail>>(std::move(notice));
  co_return co_await writer_.submit<Account>([account, shared, told](WriteTransaction& transaction) -> Result<Account> {
    auto& queries = transaction.queries();
    auto origin = origin_of(queries, *shared);
    if (!origin) return core::fail(std::move(origin));
    auto found = find(queries, account);
    if (!found) return core::fail(std::move(found));
    const auto removed = queries.set_account_status({.status = static_cast<std::int64_t>(AccountStatus::deleted),
                                                     .now = shared->now,
                                                     .deleted_at = shared->now,
                                                     .id = account.uuid()});
    if (removed == 0) return core::fail(Fault::conflict, "last_administrator");
    Administration administration(transaction, *shared, std::move(*origin), account);
    administration.end_sessions(sessions::EndReason::account_changed);
    administration.invalidate_cached();
    administration.note(audit::Event::account_status_changed);
    if (*told) transaction.insert_mail(**told);
    queries.cancel_upload(shared->now, account.uuid());
    found->account.status = AccountStatus::deleted;
    found->account.updated_at = shared->now;
    return std::move(found->account);
  });
}

Task<Result<Account>> SqliteAdministrationStore::restore_user(core::AccountId account, Mandate mandate) {
  auto shared = std::make_shared<const Mandate>(std::move(mandate));
  co_return co_await writer_.submit<Account>([account, shared](WriteTransaction& transaction) -> Result<Account> {
    auto& queries = transaction.queries();
    auto origin = origin_of(queries, *shared);
    if (!origin) return core::fail(std::move(origin));
    auto found = find_any(queries, account);
    if (!found) return core::fail(std::move(found));
    auto& restored = found->account;
    if (restored.status != AccountStatus::deleted) return core::fail(Fault::conflict, "not_deleted");
    restored.status = restored.has_password ? AccountStatus::active : AccountStatus::pending;
    restored.updated_at = shared->now;
    if (queries.restore_account(static_cast<std::int64_t>(restored.status), shared->now, account.uuid()) == 0)
      return core::fail(Fault::conflict, "identifier_taken");
    Administration administration(transaction, *shared, std::move(*origin), account);
    administration.invalidate_cached();
    administration.note(audit::Event::account_restored);
    return std::move(restored);
  });
}

Task<Result<std::int64_t>> SqliteAdministrationStore::end_sessions(core::AccountId account, Mandate mandate) {
  auto shared = std::make_shared<const Mandate>(std::move(mandate));
  co_return co_await writer_.submit<std::int64_t>(
      [account, shared](WriteTransaction& transaction) -> Result<std::int64_t> {
        auto& queries = transaction.queries();
        auto origin = origin_of(queries, *shared);
        if (!origin) return core::fail(std::move(origin));
        auto found = find(queries, account);
        if (!found) return core::fail(std::move(found));
        Administration administration(transaction, *shared, std::move(*origin), account);
        const auto ended = administration.end_sessions(sessions::EndReason::revoked);
        administration.invalidate_cached();
        administration.note(audit::Event::all_sessions_ended);
        return ended;
      });
}

}  // namespace sallyport::sqlite
