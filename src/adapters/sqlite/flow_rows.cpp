#include "adapters/sqlite/flow_rows.h"

namespace sallyport::sqlite {
namespace {

flows::StoredFlow to_flow(FindFlowRow row) {
  const auto account = row.account_id ? std::optional(core::AccountId(*row.account_id)) : std::nullopt;
  std::optional<flows::FlowAddress> address;
  if (row.address && row.address_key) address.emplace(std::move(*row.address), std::move(*row.address_key));
  return {.flow = {.id = flows::FlowId(row.id),
                   .kind = static_cast<flows::FlowKind>(row.kind),
                   .account = account,
                   .address = std::move(address),
                   .handle_digest = row.handle_digest,
                   .link_digest = row.link_digest,
                   .code_mac = row.code_mac,
                   .credential_version = row.credential_version,
                   .created_at = row.created_at,
                   .expires_at = row.expires_at,
                   .due_at = row.due_at},
          .wrong_codes = row.wrong_codes};
}

}  // namespace

void insert_flow(Queries& queries, const flows::NewFlow& fresh) {
  const auto* const address = fresh.address ? &*fresh.address : nullptr;
  const auto view = [](const std::string& text) { return std::optional<std::string_view>(text); };
  queries.insert_flow({.id = fresh.id.uuid(),
                       .kind = static_cast<std::int64_t>(fresh.kind),
                       .account_id = fresh.account ? std::optional(fresh.account->uuid()) : std::nullopt,
                       .address = address != nullptr ? view(address->text) : std::nullopt,
                       .address_key = address != nullptr ? view(address->key) : std::nullopt,
                       .handle_digest = fresh.handle_digest,
                       .link_digest = fresh.link_digest,
                       .code_mac = fresh.code_mac,
                       .credential_version = fresh.credential_version,
                       .created_at = fresh.created_at,
                       .expires_at = fresh.expires_at,
                       .due_at = fresh.due_at});
}

std::optional<flows::StoredFlow> find_flow(Queries& queries, flows::FlowId id) {
  auto row = queries.find_flow(id.uuid());
  return row ? std::optional(to_flow(std::move(*row))) : std::nullopt;
}

std::optional<flows::StoredFlow> check_proof(Queries& queries, flows::FlowKind kind, const flows::ProofDigests& proof,
                                             core::Timestamp now) {
  auto found = find_flow(queries, proof.id);
  if (!found) return std::nullopt;
  const auto account = found->flow.account ? std::optional(found->flow.account->uuid()) : std::nullopt;
  const auto wrong_codes = queries.sum_wrong_codes(account, now - flows::wrong_code_memory);
  const auto verdict = flows::judge(*found, kind, proof, wrong_codes, now);
  if (verdict == flows::Verdict::proven) return found;
  if (verdict == flows::Verdict::wrong_code) queries.count_wrong_code(proof.id.uuid());
  return std::nullopt;
}

void delete_flows(Queries& queries, core::AccountId account, flows::FlowKind kind) {
  queries.delete_account_flows(account.uuid(), static_cast<std::int64_t>(kind));
}

}  // namespace sallyport::sqlite
