#pragma once

#include "accounts/account_store.h"
#include "accounts/password_policy.h"
#include "core/random.h"
#include "crypto/password_hasher.h"

namespace sallyport::accounts {

/// As somebody typed it.
struct CreateAdministrator {
  std::string email;
  core::Secret password;
  std::optional<std::string> display_name;
  audit::Origin origin;
};

/// Makes of what was typed an administrator that a store can take, with the rules and the hash of every registration.
/// Fails with `invalid` / "invalid_fields" naming each, and as the hasher fails.
class PrepareAdministrator {
 public:
  PrepareAdministrator(crypto::PasswordHasher& hasher, const PasswordPolicy& policy, const core::Clock& clock,
                       core::Random& random)
      : hasher_(hasher), policy_(policy), clock_(clock), random_(random) {}
  /// `network` is the client's, or 0 for an operator's.
  core::Task<core::Result<NewAdministrator>> operator()(CreateAdministrator command, std::uint64_t network);

 private:
  crypto::PasswordHasher& hasher_;
  const PasswordPolicy& policy_;
  const core::Clock& clock_;
  core::Random& random_;
};

}  // namespace sallyport::accounts
