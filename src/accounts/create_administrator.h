#pragma once

#include "accounts/account_store.h"
#include "accounts/password_policy.h"
#include "core/random.h"
#include "crypto/password_hasher.h"

namespace sallyport::accounts {

/// As an operator typed it.
struct CreateAdministrator {
  std::string email;
  core::Secret password;
  std::optional<std::string> display_name;
  audit::Origin origin;
};

/// Creates an active administrator, with the rules and the hash of every registration. Fails with `invalid` /
/// "invalid_fields" naming each, with `conflict` / "identifier_taken", and as the hasher and the store fail.
class CreateAdministratorHandler {
 public:
  CreateAdministratorHandler(AccountStore& accounts, crypto::PasswordHasher& hasher, const PasswordPolicy& policy,
                             const core::Clock& clock, core::Random& random)
      : accounts_(accounts), hasher_(hasher), policy_(policy), clock_(clock), random_(random) {}
  core::Task<core::Result<core::AccountId>> operator()(CreateAdministrator command);

 private:
  AccountStore& accounts_;
  crypto::PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  const core::Clock& clock_;
  core::Random& random_;
};

}  // namespace sallyport::accounts
