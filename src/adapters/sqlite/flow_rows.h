#pragma once

#include "flows/proof.h"
#include "queries.h"

namespace sallyport::sqlite {

/// Rows of flows, for the operations of the capabilities that have them.

void insert_flow(Queries& queries, const flows::NewFlow& fresh);
std::optional<flows::StoredFlow> find_flow(Queries& queries, flows::FlowId id);
/// The flow, if this proves it; who it is about may have changed since. Otherwise nothing, and a wrong code is counted:
/// an operation that then fails takes that back, so the one that is there to check succeeds and says what it found.
std::optional<flows::StoredFlow> check_proof(Queries& queries, flows::FlowKind kind, const flows::ProofDigests& proof,
                                             core::Timestamp now);
/// All of that kind.
void delete_flows(Queries& queries, core::AccountId account, flows::FlowKind kind);

}  // namespace sallyport::sqlite
