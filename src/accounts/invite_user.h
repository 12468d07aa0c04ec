#pragma once

#include "accounts/account_directory.h"
#include "accounts/administration_store.h"
#include "accounts/invitations.h"

namespace sallyport::accounts {

struct InviteUser {
  core::AccountId account;
  std::optional<std::string> inviter;  ///< as in `InvitationDesk::compose`
  Mandate mandate;
};

/// Sends an invitation again; earlier ones are good no more. Fails as the directory does and as
/// `AdministrationStore::invite`.
class InviteUserHandler {
 public:
  InviteUserHandler(AccountDirectory& directory, AdministrationStore& store, const InvitationDesk& invitations)
      : directory_(directory), store_(store), invitations_(invitations) {}
  core::Task<core::Result<Account>> operator()(InviteUser command);

 private:
  AccountDirectory& directory_;
  AdministrationStore& store_;
  const InvitationDesk& invitations_;
};

}  // namespace sallyport::accounts
