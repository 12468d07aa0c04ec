#include "adapters/sqlite/flow_mails.h"
#include "adapters/sqlite/flow_rows.h"
#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"
#include "flows/mail_limits.h"

namespace sallyport::sqlite {

using accounts::AccountStatus;
using core::Fault;
using core::Result;
using core::Task;
using flows::FlowKind;
using verification::Confirmation;
using verification::Confirmed;
using verification::Disowned;

namespace {

/// Nothing: the proof does not count, and what was counted for that stays.
using MaybeConfirmed = std::optional<Confirmed>;
using MaybeDisowned = std::optional<Disowned>;

std::optional<accounts::Account> find_living(Queries& queries, const flows::StoredFlow& stored) {
  if (!stored.flow.account) return std::nullopt;
  auto row = queries.find_account(stored.flow.account->uuid());
  if (!row) return std::nullopt;
  auto account = to_account(std::move(*row));
  // Whoever changes the password stops a change of address that the one before was given for.
  const bool is_as_it_was =
      stored.flow.kind != FlowKind::change_of_address || stored.flow.credential_version == account.credential_version;
  if (!is_as_it_was || account.status == AccountStatus::suspended) return std::nullopt;
  return account;
}

/// An address that was changed since is not proven by a mail to the one before.
bool is_of_address(const accounts::Account& account, const flows::NewFlow& flow) {
  const auto key = accounts::EmailKey::fold(account.email);
  return key && flow.address && key->str() == flow.address->key;
}

Result<MaybeConfirmed> verify(WriteTransaction& transaction, const flows::NewFlow& flow, accounts::Account account,
                              const Confirmation& asked) {
  auto& queries = transaction.queries();
  if (!is_of_address(account, flow)) return MaybeConfirmed{};
  Confirmed confirmed{.account = std::move(account), .has_session = false};
  auto& person = confirmed.account;
  queries.verify_address(asked.now, person.id.uuid());
  delete_flows(queries, person.id, FlowKind::verification);
  confirmed.has_session = asked.session && person.status == AccountStatus::pending;
  person.status = AccountStatus::active;
  person.is_email_verified = true;
  person.updated_at = asked.now;
  if (confirmed.has_session) insert_session(queries, *asked.session, person.credential_version);
  invalidate(queries, person.id, asked.now);
  transaction.append_audit({.event = audit::Event::address_verified,
                            .at = asked.now,
                            .account = person.id,
                            .session = confirmed.has_session ? std::optional(asked.session->id) : std::nullopt,
                            .origin = asked.origin});
  return confirmed;
}

Result<MaybeConfirmed> change_address(WriteTransaction& transaction, const flows::NewFlow& flow,
                                      accounts::Account account, const Confirmation& asked) {
  auto& queries = transaction.queries();
  if (!flow.address || account.status != AccountStatus::active) return MaybeConfirmed{};
  const auto changed = queries.change_address(
      {.email = flow.address->text, .email_key = flow.address->key, .now = asked.now, .id = account.id.uuid()});
  if (changed == 0) return core::fail(Fault::conflict, "identifier_taken");
  queries.delete_all_account_flows(account.id.uuid());  // what was mailed to the old address proves nothing any more
  if (asked.notice) transaction.insert_mail(*asked.notice);
  invalidate(queries, account.id, asked.now);
  transaction.append_audit({.event = audit::Event::address_changed,
                            .at = asked.now,
                            .account = account.id,
                            .session = std::nullopt,
                            .origin = asked.origin});
  account.email = flow.address->text;
  account.is_email_verified = true;
  account.updated_at = asked.now;
  return Confirmed{.account = std::move(account), .has_session = false};
}

Result<MaybeDisowned> disown_account(WriteTransaction& transaction, core::AccountId account,
                                     const verification::Disowning& asked) {
  auto& queries = transaction.queries();
  const auto deleted = queries.set_account_status({.status = static_cast<std::int64_t>(AccountStatus::deleted),
                                                   .now = asked.now,
                                                   .deleted_at = asked.now,
                                                   .id = account.uuid()});
  if (deleted == 0) return core::fail(Fault::conflict, "last_administrator");
  queries.end_account_sessions(asked.now, static_cast<std::int64_t>(sessions::EndReason::account_changed),
                               account.uuid());
  queries.delete_all_account_flows(account.uuid());
  queries.cancel_upload(asked.now, account.uuid());
  invalidate(queries, account, asked.now);
  transaction.append_audit({.event = audit::Event::account_disowned,
                            .at = asked.now,
                            .account = account,
                            .session = std::nullopt,
                            .origin = asked.origin});
  return Disowned::account_deleted;
}

}  // namespace

Task<Result<std::optional<verification::FoundFlow>>> SqliteVerificationStore::find(flows::FlowId id) {
  using Found = std::optional<verification::FoundFlow>;
  co_return co_await readers_.submit<Found>([id](Queries& queries) -> Result<Found> {
    auto stored = find_flow(queries, id);
    if (!stored) return Found{};
    verification::FoundFlow found{.stored = std::move(*stored), .account = std::nullopt};
    if (found.stored.flow.account) {
      auto row = queries.find_account(found.stored.flow.account->uuid());
      if (row) found.account = to_account(std::move(*row));
    }
    return found;
  });
}

Task<Result<void>> SqliteVerificationStore::ask_again(verification::AskedAgain asked) {
  auto shared = std::make_shared<const verification::AskedAgain>(std::move(asked));
  co_return co_await writer_.submit<void>([shared](WriteTransaction& transaction) -> Result<void> {
    auto& queries = transaction.queries();
    const auto& flow = shared->flow;
    auto view = live_session(queries, shared->session, flow.created_at);
    if (!view) return core::fail(std::move(view));
    if (view->account.id != flow.account) return core::fail(Fault::unauthenticated, "session_expired");
    if (view->account.is_email_verified) return core::fail(Fault::conflict, "already_verified");
    if (!may_get_mail(queries, flow)) return flows::too_many_mails();
    insert_flow(queries, flow);
    transaction.insert_mail(shared->mail);
    return {};
  });
}

Task<Result<void>> SqliteVerificationStore::ask_change(verification::AskedChange asked) {
  auto shared = std::make_shared<const verification::AskedChange>(std::move(asked));
  co_return co_await writer_.submit<void>([shared](WriteTransaction& transaction) -> Result<void> {
    auto& queries = transaction.queries();
    const auto& flow = shared->flow;
    const auto view = live_session(queries, shared->session, flow.created_at);
    if (!view || view->account.id != flow.account || view->account.credential_version != shared->credential_version)
      return core::fail(Fault::unauthenticated, "session_expired");
    if (!may_get_mail(queries, flow)) return flows::too_many_mails();
    const auto owner = queries.find_account_id(flow.address->key);
    if (owner && *owner != view->account.id.uuid()) {
      tell_owner(transaction, shared->if_taken, core::AccountId(*owner));
      return {};
    }
    insert_flow(queries, flow);
    transaction.insert_mail(shared->mail);
    return {};
  });
}

Task<Result<void>> SqliteVerificationStore::check(FlowKind kind, flows::ProofDigests proof, core::Timestamp now) {
  auto proven = co_await writer_.submit<bool>(
      [kind, proof = std::move(proof), now](WriteTransaction& transaction) -> Result<bool> {
        return check_proof(transaction.queries(), kind, proof, now).has_value();
      });
  if (!proven) co_return Result<void>(core::fail(std::move(proven)));
  if (!*proven) co_return Result<void>(flows::refused());
  co_return Result<void>{};
}

Task<Result<Confirmed>> SqliteVerificationStore::confirm(Confirmation confirmation) {
  auto shared = std::make_shared<const Confirmation>(std::move(confirmation));
  auto confirmed =
      co_await writer_.submit<MaybeConfirmed>([shared](WriteTransaction& transaction) -> Result<MaybeConfirmed> {
        auto& queries = transaction.queries();
        const auto stored = check_proof(queries, shared->kind, shared->proof, shared->now);
        if (!stored) return MaybeConfirmed{};
        auto account = find_living(queries, *stored);
        if (!account) return MaybeConfirmed{};
        if (shared->credential_version && *shared->credential_version != account->credential_version)
          return core::fail(Fault::unauthenticated, "credentials_changed");
        if (shared->kind == FlowKind::change_of_address)
          return change_address(transaction, stored->flow, std::move(*account), *shared);
        return verify(transaction, stored->flow, std::move(*account), *shared);
      });
  if (!confirmed) co_return Result<Confirmed>(core::fail(std::move(confirmed)));
  if (!*confirmed) co_return Result<Confirmed>(flows::refused());
  co_return std::move(**confirmed);
}

Task<Result<Disowned>> SqliteVerificationStore::disown(verification::Disowning disowning) {
  auto shared = std::make_shared<const verification::Disowning>(std::move(disowning));
  auto disowned =
      co_await writer_.submit<MaybeDisowned>([shared](WriteTransaction& transaction) -> Result<MaybeDisowned> {
        auto& queries = transaction.queries();
        const auto stored = check_proof(queries, shared->kind, shared->proof, shared->now);
        if (!stored) return MaybeDisowned{};
        const auto account = find_living(queries, *stored);
        if (!account) return MaybeDisowned{};
        if (shared->kind == FlowKind::verification && !account->is_email_verified)
          return disown_account(transaction, account->id, *shared);
        queries.delete_flow(shared->proof.id.uuid());
        return Disowned::flow_cancelled;
      });
  if (!disowned) co_return Result<Disowned>(core::fail(std::move(disowned)));
  if (!*disowned) co_return Result<Disowned>(flows::refused());
  co_return **disowned;
}

}  // namespace sallyport::sqlite
