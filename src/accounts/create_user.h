#pragma once

#include "accounts/administration_store.h"
#include "accounts/invitations.h"
#include "accounts/password.h"
#include "core/random.h"
#include "crypto/password_hasher.h"

namespace sallyport::accounts {

struct CreateUser {
  Email email;
  std::optional<DisplayName> display_name;
  std::optional<Locale> locale;
  std::optional<TimeZone> time_zone;
  std::optional<Phone> phone{};
  Role role = Role::user;
  std::optional<Password> password;    ///< as the policy wants it; without one they are invited by mail
  std::optional<std::string> inviter;  ///< as in `InvitationDesk::compose`
  Mandate mandate;                     ///< its time is that of the write
  std::uint64_t network = 0;           ///< as `crypto::HashRequester`'s; 0 is the operator's
};

/// Creates an account for somebody else, who signs in to it themselves: at once if it has a password, else when they
/// have taken the invitation. Fails as the hasher does and as `AdministrationStore::create_user`.
class CreateUserHandler {
 public:
  CreateUserHandler(AdministrationStore& store, const InvitationDesk& invitations, crypto::PasswordHasher& hasher,
                    const core::Clock& clock, core::Random& random)
      : store_(store), invitations_(invitations), hasher_(hasher), clock_(clock), random_(random) {}
  core::Task<core::Result<Account>> operator()(CreateUser command);

 private:
  AdministrationStore& store_;
  const InvitationDesk& invitations_;
  crypto::PasswordHasher& hasher_;
  const core::Clock& clock_;
  core::Random& random_;
};

}  // namespace sallyport::accounts
