#include "adapters/sqlite/flow_rows.h"
#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Result;
using core::Task;
using recovery::Recoverable;

namespace {

constexpr auto kind = flows::FlowKind::recovery;
constexpr auto kind_number = static_cast<std::int64_t>(kind);

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

enum class End { mailed, dismissed, still_due };

End answer_one(WriteTransaction& transaction, const recovery::RequestAnswer& answer, core::Timestamp now) {
  auto& queries = transaction.queries();
  const auto found = find_flow(queries, answer.request);
  if (!found || !found->flow.due_at || found->flow.kind != kind || !found->flow.address) return End::still_due;
  const auto dismiss = [&] {
    queries.dismiss_request(answer.request.uuid());
    return End::dismissed;
  };
  if (!answer.mail) return dismiss();
  const auto& mail = *answer.mail;
  const auto owner = to_recoverable(queries.find_recoverable(found->flow.address->key));
  if (!owner || owner->account != mail.account || owner->credential_version != mail.credential_version)
    return End::still_due;
  const auto account = mail.account.uuid();
  if (queries.count_mailed_flows(account, kind_number, now - std::chrono::hours{1}) >= recovery::most_mails_an_hour ||
      queries.count_mailed_flows(account, kind_number, now - std::chrono::days{1}) >= recovery::most_mails_a_day)
    return dismiss();
  queries.answer_request({.account_id = account,
                          .link_digest = mail.link_digest,
                          .code_mac = mail.code_mac,
                          .credential_version = mail.credential_version,
                          .expires_at = mail.expires_at,
                          .id = answer.request.uuid()});
  transaction.insert_mail(mail.mail);
  return End::mailed;
}

}  // namespace

Task<Result<void>> SqliteRecoveryStore::request(flows::NewFlow flow, std::optional<idempotency::NamedRequest> name) {
  co_return co_await writer_.submit<void>(
      [flow = std::move(flow), name](WriteTransaction& transaction) -> Result<void> {
        auto& queries = transaction.queries();
        // Before anything else is written: a refusal that has written makes the batch run again (ADR 7).
        if (name) {
          if (auto noted = note_done(queries, *name, std::nullopt, flow.created_at); !noted) return noted;
        }
        insert_flow(queries, flow);
        return {};
      });
}

Task<Result<std::vector<recovery::DueRequest>>> SqliteRecoveryStore::due_requests(core::Timestamp now, int most) {
  using Due = std::vector<recovery::DueRequest>;
  co_return co_await readers_.submit<Due>([now, most](Queries& queries) -> Result<Due> {
    Due due;
    for (auto& row : queries.due_requests(now, kind_number, most)) {
      due.push_back({.id = flows::FlowId(row.id),
                     .created_at = row.created_at,
                     .account = to_recoverable(queries.find_recoverable(row.address_key))});
    }
    return due;
  });
}

Task<Result<recovery::Answered>> SqliteRecoveryStore::answer_requests(std::vector<recovery::RequestAnswer> answers,
                                                                      core::Timestamp now) {
  using recovery::Answered;
  co_return co_await writer_.submit<Answered>(
      [answers = std::move(answers), now](WriteTransaction& transaction) -> Result<Answered> {
        Answered answered;
        for (const auto& answer : answers) {
          const auto end = answer_one(transaction, answer, now);
          answered.mailed += end == End::mailed ? 1 : 0;
          answered.dismissed += end == End::dismissed ? 1 : 0;
        }
        return answered;
      });
}

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
