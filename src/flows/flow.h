#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"

namespace sallyport::flows {

/// One attempt to prove that a mailbox is somebody's. Version 7, so rows are inserted in order and cleaned as a range.
using FlowId = core::Id<struct FlowIdKind>;

/// What the proof is for. Stored by number.
enum class FlowKind { recovery = 1, verification = 2, change_of_address = 3, invitation = 4 };

/// So many wrong codes, and no code of the flow counts any more; its link still does.
inline constexpr std::int64_t most_wrong_codes = 5;
/// The same for all flows of one account that were made within `wrong_code_memory`, which is how long rows are kept at
/// least.
inline constexpr std::int64_t most_wrong_codes_of_account = 20;
inline constexpr std::chrono::hours wrong_code_memory{24};

/// A mailbox that a flow is about: what a stranger asked for, or the new address of an account.
struct FlowAddress {
  std::string text;  ///< as typed
  std::string key;   ///< as `accounts::EmailKey` has it
};

/// A flow to be written. Of what proves the mailbox there are digests only.
struct NewFlow {
  FlowId id;
  FlowKind kind;
  std::optional<core::AccountId> account{};  ///< nobody yet, or nobody at all, where a stranger asked
  std::optional<FlowAddress> address{};
  core::Digest handle_digest;
  std::optional<core::Digest> link_digest{};
  std::optional<core::Digest> code_mac{};
  std::optional<std::int64_t> credential_version{};  ///< of the account; another one by now ends the flow
  core::Timestamp created_at;
  core::Timestamp expires_at;
  std::optional<core::Timestamp> due_at{};  ///< its mail is still to be made, by then
};

/// A flow as it stands.
struct StoredFlow {
  NewFlow flow;
  std::int64_t wrong_codes = 0;
};

/// One answer for every proof that does not count, whatever is wrong with it.
inline std::unexpected<core::Error> refused() { return core::fail(core::Fault::invalid, "flow_invalid"); }

}  // namespace sallyport::flows
