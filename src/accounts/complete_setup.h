#pragma once

#include "accounts/prepare_administrator.h"
#include "accounts/setup_store.h"
#include "crypto/keyring.h"

namespace sallyport::accounts {

struct CompleteSetup {
  core::Secret token;  ///< as somebody typed it
  CreateAdministrator administrator;
  std::uint64_t network;  ///< the client's, as `crypto::HashRequester` has it
};

/// Makes the first administrator for whoever holds the setup token. The token is looked at before anything is hashed,
/// and checked and used up in the write that makes the administrator, so two who come at once make one; what was
/// refused before that write has not used it up. Fails with `conflict` / "setup_done", `forbidden` /
/// "setup_token_invalid", as `PrepareAdministrator`, with `conflict` / "identifier_taken", and as the store fails.
class CompleteSetupHandler {
 public:
  CompleteSetupHandler(SetupStore& setup, crypto::PasswordHasher& hasher, const PasswordPolicy& policy,
                       const crypto::Keyring& keyring, const core::Clock& clock, core::Random& random)
      : setup_(setup), keyring_(keyring), clock_(clock), prepare_(hasher, policy, clock, random) {}
  core::Task<core::Result<core::AccountId>> operator()(CompleteSetup command);

 private:
  SetupStore& setup_;
  const crypto::Keyring& keyring_;
  const core::Clock& clock_;
  PrepareAdministrator prepare_;
};

}  // namespace sallyport::accounts
