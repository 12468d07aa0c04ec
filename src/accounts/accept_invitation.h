#pragma once

#include "accounts/invitation_store.h"
#include "accounts/password.h"
#include "accounts/password_policy.h"
#include "crypto/password_hasher.h"
#include "sessions/client.h"
#include "sessions/tokens.h"

namespace sallyport::accounts {

struct TakeInvitation {
  flows::LinkToken token;
  Password password;
  std::optional<DisplayName> display_name;
  sessions::Device device;
  sessions::Client client;
};

/// Makes an account its owner's: their password, their proven address, and a first session. The invitation is looked at
/// before anything is hashed, and checked and used up in the write; what was refused before that has not used it up.
/// Fails with `invalid` / "flow_invalid", with "invalid_fields" about `password` where the policy refuses it, and as
/// the hasher and the store fail.
class AcceptInvitationHandler {
 public:
  AcceptInvitationHandler(InvitationStore& store, crypto::PasswordHasher& hasher, const PasswordPolicy& policy,
                          const sessions::TokenMint& mint, const core::Clock& clock)
      : store_(store), hasher_(hasher), policy_(policy), mint_(mint), clock_(clock) {}
  core::Task<core::Result<sessions::SignedIn>> operator()(TakeInvitation command);
  /// Whether an invitation is good still. Uses nothing up. `invalid` / "flow_invalid", and as the store fails.
  core::Task<core::Result<Account>> look(const flows::LinkToken& token);

 private:
  InvitationStore& store_;
  crypto::PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  const sessions::TokenMint& mint_;
  const core::Clock& clock_;
};

}  // namespace sallyport::accounts
