#pragma once

#include "accounts/prepare_administrator.h"

namespace sallyport::accounts {

/// Creates an active administrator for an operator. Fails as `PrepareAdministrator`, with `conflict` /
/// "identifier_taken", and as the store fails.
class CreateAdministratorHandler {
 public:
  CreateAdministratorHandler(AccountStore& accounts, crypto::PasswordHasher& hasher, const PasswordPolicy& policy,
                             const core::Clock& clock, core::Random& random)
      : accounts_(accounts), prepare_(hasher, policy, clock, random) {}
  core::Task<core::Result<core::AccountId>> operator()(CreateAdministrator command);

 private:
  AccountStore& accounts_;
  PrepareAdministrator prepare_;
};

}  // namespace sallyport::accounts
