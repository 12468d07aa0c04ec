#include <algorithm>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using accounts::AccountStatus;
using core::Result;
using core::Task;

namespace {

std::optional<accounts::Account> find_by_address(const MemoryState& state, std::string_view key) {
  const auto folded = accounts::EmailKey::fold(key);
  const auto id = folded ? state.accounts_by_email.find(*folded) : state.accounts_by_email.end();
  if (id == state.accounts_by_email.end()) return std::nullopt;
  const auto& account = state.accounts.at(id->second).account;
  return account.status == AccountStatus::suspended ? std::nullopt : std::optional(account);
}

enum class End { mailed, dismissed, still_due };

End end_request(MemoryState& state, flows::FlowKind kind, const accounts::RequestAnswer& answer, core::Timestamp now) {
  const auto found = state.flow_rows.find(answer.request);
  if (found == state.flow_rows.end()) return End::still_due;
  auto& flow = found->second.flow;
  if (flow.kind != kind || !flow.due_at || !flow.address) return End::still_due;
  if (answer.mail) {
    const auto& mail = *answer.mail;
    const auto owner = find_by_address(state, flow.address->key);
    if (!owner || owner->id != mail.account || owner->credential_version != mail.credential_version)
      return End::still_due;
    auto asked = flow;
    asked.account = owner->id;
    asked.created_at = now;
    if (state.may_get_mail(asked)) {
      flow.account = owner->id;
      flow.link_digest = mail.proof.link_digest;
      flow.code_mac = mail.proof.code_mac;
      if (mail.ends_with_credentials) flow.credential_version = mail.credential_version;
      flow.expires_at = mail.expires_at;
      flow.due_at.reset();
      state.insert_mail(mail.proof.mail);
      return End::mailed;
    }
  }
  flow.due_at.reset();
  flow.address.reset();
  return End::dismissed;
}

}  // namespace

Task<Result<void>> MemoryMailRequestStore::request(flows::NewFlow flow, std::optional<idempotency::NamedRequest> name) {
  return store_.run<void>([flow = std::move(flow), name](MemoryState& state) -> Result<void> {
    if (name) {
      if (state.find_done(name->key, flow.created_at) != nullptr)
        return core::fail(core::Fault::conflict, "idempotency_key_used");
      state.note_done(*name, std::nullopt, flow.created_at);
    }
    state.insert_flow(flow);
    return {};
  });
}

Task<Result<std::vector<accounts::DueRequest>>> MemoryMailRequestStore::due(flows::FlowKind kind, core::Timestamp now,
                                                                            int most) {
  using Due = std::vector<accounts::DueRequest>;
  return store_.run<Due>([kind, now, most](MemoryState& state) -> Result<Due> {
    std::vector<const flows::NewFlow*> found;
    for (const auto& [id, stored] : state.flow_rows) {
      const auto& flow = stored.flow;
      if (flow.kind == kind && flow.due_at && *flow.due_at <= now && flow.address) found.push_back(&flow);
    }
    std::ranges::sort(found, {}, [](const flows::NewFlow* flow) { return std::pair(*flow->due_at, flow->id); });
    Due due;
    for (const auto* const flow : found) {
      if (std::ssize(due) == most) break;
      due.push_back({flow->id, flow->created_at, find_by_address(state, flow->address->key)});
    }
    return due;
  });
}

Task<Result<accounts::AnsweredRequests>> MemoryMailRequestStore::answer(flows::FlowKind kind,
                                                                        std::vector<accounts::RequestAnswer> answers,
                                                                        core::Timestamp now) {
  using accounts::AnsweredRequests;
  return store_.run<AnsweredRequests>(
      [kind, answers = std::move(answers), now](MemoryState& state) -> Result<AnsweredRequests> {
        AnsweredRequests answered;
        for (const auto& answer : answers) {
          const auto end = end_request(state, kind, answer, now);
          answered.mailed += end == End::mailed ? 1 : 0;
          answered.dismissed += end == End::dismissed ? 1 : 0;
        }
        return answered;
      });
}

}  // namespace sallyport::memory
