#include "adapters/sqlite/flow_rows.h"
#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Result;
using core::Task;
using recovery::Recoverable;

namespace {

constexpr auto kind = flows::FlowKind::recovery;

template <class Row>
std::optional<Recoverable> to_recoverable(std::optional<Row> row) {
  if (!row || !row->email) return std::nullopt;
  auto email = accounts::Email::parse(*row->email);
  if (!email) return std::nullopt;
  return Recoverable{.account = core::AccountId(row->id),
                     .email = std::move(*email),
                     .display_name = std::move(row->display_name),
                     .locale = std::move(row->locale),
                     .is_email_verified = row->email_verified_at.has_value(),
                     .credential_version = row->credential_version};
}

/// The account of a proven flow, unless its address or credentials have changed or it may not be recovered any more.
std::optional<Recoverable> find_proven(Queries& queries, const flows::ProofDigests& proof, core::Timestamp now) {
  const auto found = check_proof(queries, kind, proof, now);
  if (!found || !found->flow.account || !found->flow.address) return std::nullopt;
  auto owner = to_recoverable(queries.find_recoverable(found->flow.address->key));
  const bool is_same =
      owner && owner->account == *found->flow.account && owner->credential_version == found->flow.credential_version;
  return is_same ? std::move(owner) : std::nullopt;
}

}  // namespace

Task<Result<std::optional<Recoverable>>> SqliteRecoveryStore::check(flows::ProofDigests proof, core::Timestamp now) {
  using Found = std::optional<Recoverable>;
  co_return co_await writer_.submit<Found>(
      [proof = std::move(proof), now](WriteTransaction& transaction) -> Result<Found> {
        return find_proven(transaction.queries(), proof, now);
      });
}

Task<Result<core::AccountId>> SqliteRecoveryStore::recover(recovery::Recovery recovery) {
  auto shared = std::make_shared<const recovery::Recovery>(std::move(recovery));
  using Recovered = std::optional<core::AccountId>;  // nothing is no failure: a wrong code stays counted
  auto recovered = co_await writer_.submit<Recovered>([shared](WriteTransaction& transaction) -> Result<Recovered> {
    const auto& asked = *shared;
    auto& queries = transaction.queries();
    const auto owner = find_proven(queries, asked.proof, asked.now);
    if (!owner) return Recovered{};
    const auto account = owner->account.uuid();
    queries.upsert_verifier(account, asked.verifier, asked.now);
    if (!owner->is_email_verified) queries.drop_profile(account);
    queries.recover_account(asked.now, account);
    queries.end_account_sessions(asked.now, static_cast<std::int64_t>(sessions::EndReason::account_changed), account);
    queries.drop_counter(asked.name);
    queries.delete_all_account_flows(account);
    transaction.insert_mail(asked.notice);
    invalidate(queries, owner->account, asked.now);
    transaction.append_audit({.event = audit::Event::password_recovered,
                              .at = asked.now,
                              .account = owner->account,
                              .session = std::nullopt,
                              .origin = asked.origin});
    return owner->account;
  });
  if (!recovered) co_return Result<core::AccountId>(core::fail(std::move(recovered)));
  if (!*recovered) co_return Result<core::AccountId>(flows::refused());
  co_return **recovered;
}

}  // namespace sallyport::sqlite
