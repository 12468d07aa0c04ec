#pragma once

#include "accounts/account_directory.h"

namespace sallyport::accounts {

/// Looking at accounts as administrators do.
class FindUsersHandler {
 public:
  explicit FindUsersHandler(AccountDirectory& directory) : directory_(directory) {}

  /// A page of just `filter.most` accounts, or of fewer and no next one. A page of what is rare may look at every
  /// account there is, a bounded number at a time. Fails as the directory does.
  core::Task<core::Result<AccountPage>> page(AccountFilter filter);
  /// The next accounts for somebody who wants all of them: perhaps none, and yet going on, as the directory has it.
  core::Task<core::Result<AccountPage>> batch(AccountFilter filter) { return directory_.list(std::move(filter)); }
  /// One account, a deleted one too. `not_found` / "account_not_found".
  core::Task<core::Result<Account>> one(core::AccountId id);

 private:
  AccountDirectory& directory_;
};

}  // namespace sallyport::accounts
