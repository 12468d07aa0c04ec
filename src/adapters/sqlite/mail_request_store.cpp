#include "adapters/sqlite/flow_mails.h"
#include "adapters/sqlite/flow_rows.h"
#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using accounts::AccountStatus;
using core::Result;
using core::Task;

namespace {

/// Of that address, unless suspended or deleted.
std::optional<accounts::Account> find_by_address(Queries& queries, std::string_view key) {
  const auto id = queries.find_account_id(key);
  auto row = id ? queries.find_account(*id) : std::nullopt;
  if (!row) return std::nullopt;
  auto account = to_account(std::move(*row));
  return account.status == AccountStatus::suspended ? std::nullopt : std::optional(std::move(account));
}

enum class End { mailed, dismissed, still_due };

End end_request(WriteTransaction& transaction, flows::FlowKind kind, const accounts::RequestAnswer& answer,
                core::Timestamp now) {
  auto& queries = transaction.queries();
  const auto found = find_flow(queries, answer.request);
  if (!found || found->flow.kind != kind || !found->flow.due_at || !found->flow.address) return End::still_due;
  if (answer.mail) {
    const auto& mail = *answer.mail;
    const auto owner = find_by_address(queries, found->flow.address->key);
    if (!owner || owner->id != mail.account || owner->credential_version != mail.credential_version)
      return End::still_due;
    auto asked = found->flow;
    asked.account = owner->id;
    asked.created_at = now;
    if (may_get_mail(queries, asked)) {
      queries.end_mail_request(
          {.account_id = owner->id.uuid(),
           .link_digest = mail.proof.link_digest,
           .code_mac = mail.proof.code_mac,
           .credential_version = mail.ends_with_credentials ? std::optional(mail.credential_version) : std::nullopt,
           .expires_at = mail.expires_at,
           .id = answer.request.uuid()});
      transaction.insert_mail(mail.proof.mail);
      return End::mailed;
    }
  }
  queries.dismiss_request(answer.request.uuid());
  return End::dismissed;
}

}  // namespace

Task<Result<void>> SqliteMailRequestStore::request(flows::NewFlow flow, std::optional<idempotency::NamedRequest> name) {
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

Task<Result<std::vector<accounts::DueRequest>>> SqliteMailRequestStore::due(flows::FlowKind kind, core::Timestamp now,
                                                                            int most) {
  using Due = std::vector<accounts::DueRequest>;
  co_return co_await readers_.submit<Due>([kind, now, most](Queries& queries) -> Result<Due> {
    Due due;
    for (auto& row : queries.due_requests(now, static_cast<std::int64_t>(kind), most)) {
      due.push_back({.id = flows::FlowId(row.id),
                     .created_at = row.created_at,
                     .account = find_by_address(queries, row.address_key)});
    }
    return due;
  });
}

Task<Result<accounts::AnsweredRequests>> SqliteMailRequestStore::answer(flows::FlowKind kind,
                                                                        std::vector<accounts::RequestAnswer> answers,
                                                                        core::Timestamp now) {
  using accounts::AnsweredRequests;
  auto shared = std::make_shared<const std::vector<accounts::RequestAnswer>>(std::move(answers));
  co_return co_await writer_.submit<AnsweredRequests>(
      [kind, shared, now](WriteTransaction& transaction) -> Result<AnsweredRequests> {
        AnsweredRequests answered;
        for (const auto& answer : *shared) {
          const auto end = end_request(transaction, kind, answer, now);
          answered.mailed += end == End::mailed ? 1 : 0;
          answered.dismissed += end == End::dismissed ? 1 : 0;
        }
        return answered;
      });
}

}  // namespace sallyport::sqlite
