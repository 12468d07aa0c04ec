#pragma once

#include "accounts/account.h"
#include "accounts/display_name.h"
#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"
#include "flows/proof.h"
#include "sessions/session.h"

namespace sallyport::accounts {

/// Somebody who was invited takes the account that waits for them, and is signed in to it.
struct AcceptInvitation {
  flows::ProofDigests proof;
  std::string verifier;
  std::optional<DisplayName> display_name{};  ///< instead of the one they were given
  sessions::NewSession session;               ///< of the account that `InvitationStore::find` told
  audit::Origin origin;
};

/// Invitations as whoever was invited sees them. One is good while its account is pending, has no password, and has the
/// address that the invitation went to. Fails as the other stores do.
class InvitationStore {
 public:
  virtual ~InvitationStore() = default;
  /// Looks only. `invalid` / "flow_invalid".
  virtual core::Task<core::Result<Account>> find(flows::ProofDigests proof, core::Timestamp now) = 0;
  /// Looks again, and in the same write: the password, an active account whose address is proven, its first session, no
  /// flow of the account any more, audit row. `invalid` / "flow_invalid", so that of two who come at once one succeeds.
  virtual core::Task<core::Result<Account>> accept(AcceptInvitation acceptance) = 0;
};

}  // namespace sallyport::accounts
