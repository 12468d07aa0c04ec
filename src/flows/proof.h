#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "flows/flow_token.h"
#include "flows/one_time_code.h"

namespace sallyport::flows {

/// A code, which is worth nothing without the handle of its flow.
struct HandleAndCode {
  FlowHandle handle;
  OneTimeCode code;
};

/// What somebody presents to prove that they read a mailbox.
using Proof = std::variant<LinkToken, HandleAndCode>;

/// The same as a request spells it: a link's token, or a code with its flow's handle. Empty is absent.
struct ProofText {
  std::string_view token{}, code{}, flow{};
};

/// What RPC clients give as one text: a link's token, or `<handle>.<code>`.
ProofText split_proof(std::string_view text);

/// A token wins over a code. What is missing or misshapen goes to `wrong` by field (`token`, `code`, `flow`).
std::optional<Proof> parse_proof(const ProofText& text, std::vector<core::FieldError>& wrong);

/// A proof as stores compare it: with what they keep.
struct ProofDigests {
  FlowId id;
  std::optional<core::Digest> link{};    ///< either this,
  std::optional<core::Digest> handle{};  ///< or this with a code
  std::vector<core::Digest> code_macs{};
};
ProofDigests digests_of(const Proof& proof, const crypto::Keyring& keyring);

enum class Verdict {
  proven,
  wrong_code,  ///< to be counted on the flow, in the write that found it out
  refused,     ///< expired, of another kind, not with this handle, or the codes have run out
};

/// Whether the flow is proven. `wrong_codes_of_account` is the sum over the flows that its account had made within
/// `wrong_code_memory`. Takes as long for a wrong secret as for the right one.
Verdict judge(const StoredFlow& stored, FlowKind kind, const ProofDigests& proof, std::int64_t wrong_codes_of_account,
              core::Timestamp now);

}  // namespace sallyport::flows
