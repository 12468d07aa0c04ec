#include <algorithm>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using accounts::AccountStatus;
using core::Result;
using core::Task;
using recovery::Recoverable;

namespace {

constexpr auto kind = flows::FlowKind::recovery;

std::optional<Recoverable> find_recoverable(const MemoryState& state, std::string_view address_key) {
  const auto key = accounts::EmailKey::fold(address_key);
  const auto id = key ? state.accounts_by_email.find(*key) : state.accounts_by_email.end();
  if (id == state.accounts_by_email.end()) return std::nullopt;
  const auto& account = state.accounts.at(id->second).account;
  if (account.status != AccountStatus::active && account.status != AccountStatus::pending) return std::nullopt;
  return Recoverable{.account = account.id,
                     .email = accounts::Email::parse(account.email).value(),
                     .display_name = account.display_name,
                     .locale = account.locale,
                     .is_email_verified = account.is_email_verified,
                     .credential_version = account.credential_version};
}

/// The account of a proven flow, unless its address or credentials have changed or it may not be recovered any more.
std::optional<Recoverable> find_proven(MemoryState& state, const flows::ProofDigests& proof, core::Timestamp now) {
  const auto* const found = state.check_proof(kind, proof, now);
  if (found == nullptr || !found->flow.account || !found->flow.address) return std::nullopt;
  auto owner = find_recoverable(state, found->flow.address->key);
  const bool is_same =
      owner && owner->account == *found->flow.account && owner->credential_version == found->flow.credential_version;
  return is_same ? std::move(owner) : std::nullopt;
}

std::int64_t count_mailed(const MemoryState& state, core::AccountId account, core::Timestamp after) {
  return std::ranges::count_if(state.flow_rows, [&](const auto& entry) {
    const auto& flow = entry.second.flow;
    return flow.account == account && flow.kind == kind && flow.link_digest && flow.created_at > after;
  });
}

bool is_throttled(const MemoryState& state, core::AccountId account, core::Timestamp now) {
  return count_mailed(state, account, now - std::chrono::hours{1}) >= recovery::most_mails_an_hour ||
         count_mailed(state, account, now - std::chrono::days{1}) >= recovery::most_mails_a_day;
}

enum class End { mailed, dismissed, still_due };

End answer_one(MemoryState& state, const recovery::RequestAnswer& answer, core::Timestamp now) {
  const auto found = state.flow_rows.find(answer.request);
  if (found == state.flow_rows.end()) return End::still_due;
  auto& flow = found->second.flow;
  if (!flow.due_at || flow.kind != kind || !flow.address) return End::still_due;
  if (answer.mail) {
    const auto& mail = *answer.mail;
    const auto owner = find_recoverable(state, flow.address->key);
    if (!owner || owner->account != mail.account || owner->credential_version != mail.credential_version)
      return End::still_due;
    if (!is_throttled(state, mail.account, now)) {
      flow.due_at.reset();
      flow.account = mail.account;
      flow.link_digest = mail.link_digest;
      flow.code_mac = mail.code_mac;
      flow.credential_version = mail.credential_version;
      flow.expires_at = mail.expires_at;
      state.insert_mail(mail.mail);
      return End::mailed;
    }
  }
  flow.due_at.reset();
  flow.address.reset();
  return End::dismissed;
}

}  // namespace

Task<Result<void>> MemoryRecoveryStore::request(flows::NewFlow flow, std::optional<idempotency::NamedRequest> name) {
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

Task<Result<std::vector<recovery::DueRequest>>> MemoryRecoveryStore::due_requests(core::Timestamp now, int most) {
  using Due = std::vector<recovery::DueRequest>;
  return store_.run<Due>([now, most](MemoryState& state) -> Result<Due> {
    std::vector<const flows::NewFlow*> waiting;
    for (const auto& [id, stored] : state.flow_rows) {
      const auto& flow = stored.flow;
      if (flow.kind == kind && flow.address && flow.due_at && *flow.due_at <= now) waiting.push_back(&flow);
    }
    std::ranges::sort(waiting, {}, [](const auto* flow) { return std::pair(flow->due_at, flow->id); });
    if (std::ssize(waiting) > most) waiting.resize(static_cast<std::size_t>(most));
    Due due;
    for (const auto* const flow : waiting)
      due.push_back({flow->id, flow->created_at, find_recoverable(state, flow->address->key)});
    return due;
  });
}

Task<Result<recovery::Answered>> MemoryRecoveryStore::answer_requests(std::vector<recovery::RequestAnswer> answers,
                                                                      core::Timestamp now) {
  using recovery::Answered;
  return store_.run<Answered>([answers = std::move(answers), now](MemoryState& state) -> Result<Answered> {
    Answered answered;
    for (const auto& answer : answers) {
      const auto end = answer_one(state, answer, now);
      answered.mailed += end == End::mailed ? 1 : 0;
      answered.dismissed += end == End::dismissed ? 1 : 0;
    }
    return answered;
  });
}

Task<Result<std::optional<Recoverable>>> MemoryRecoveryStore::check(flows::ProofDigests proof, core::Timestamp now) {
  using Found = std::optional<Recoverable>;
  return store_.run<Found>(
      [proof = std::move(proof), now](MemoryState& state) -> Result<Found> { return find_proven(state, proof, now); });
}

Task<Result<core::AccountId>> MemoryRecoveryStore::recover(recovery::Recovery recovery) {
  return store_.run<core::AccountId>([asked = std::move(recovery)](MemoryState& state) -> Result<core::AccountId> {
    const auto owner = find_proven(state, asked.proof, asked.now);
    if (!owner) return flows::refused();
    auto& stored = state.accounts.at(owner->account);
    auto& account = stored.account;
    stored.verifier = asked.verifier;
    stored.verifier_stored_at = asked.now;
    account.has_password = true;
    if (!account.is_email_verified) {
      account.display_name.reset();
      account.locale.reset();
      account.time_zone.reset();
    }
    account.is_email_verified = true;
    account.status = AccountStatus::active;
    ++account.credential_version;
    account.updated_at = asked.now;
    for (const auto& id : state.sessions_of(owner->account)) state.erase_session(id);
    if (const auto attempts = state.attempts.find(asked.name); attempts != state.attempts.end())
      attempts->second.counter = {};
    std::erase_if(state.flow_rows, [&](const auto& entry) { return entry.second.flow.account == owner->account; });
    state.insert_mail(asked.notice);
    state.invalidate(sessions::Invalidation::Kind::account, owner->account.uuid(), asked.now);
    state.append_audit({.event = audit::Event::password_recovered,
                        .at = asked.now,
                        .account = owner->account,
                        .session = std::nullopt,
                        .origin = asked.origin});
    return owner->account;
  });
}

}  // namespace sallyport::memory
