#include "adapters/memory/memory_store.h"

namespace sallyport::memory {

void MemoryState::insert_flow(const flows::NewFlow& fresh) {
  flow_rows.emplace(fresh.id, flows::StoredFlow{.flow = fresh});
}

flows::StoredFlow* MemoryState::check_proof(flows::FlowKind kind, const flows::ProofDigests& proof,
                                            core::Timestamp now) {
  const auto found = flow_rows.find(proof.id);
  if (found == flow_rows.end()) return nullptr;
  auto& stored = found->second;
  std::int64_t wrong_codes = 0;
  for (const auto& [id, other] : flow_rows) {
    const bool is_counted = other.flow.account && other.flow.account == stored.flow.account &&
                            other.flow.created_at > now - flows::wrong_code_memory;
    if (is_counted) wrong_codes += other.wrong_codes;
  }
  const auto verdict = flows::judge(stored, kind, proof, wrong_codes, now);
  if (verdict == flows::Verdict::proven) return &stored;
  if (verdict == flows::Verdict::wrong_code) ++stored.wrong_codes;
  return nullptr;
}

void MemoryState::delete_flows(core::AccountId account, flows::FlowKind kind) {
  std::erase_if(flow_rows, [&](const auto& entry) {
    return entry.second.flow.account == account && entry.second.flow.kind == kind;
  });
}

}  // namespace sallyport::memory
