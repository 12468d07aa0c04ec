#pragma once

#include "accounts/account_store.h"
#include "sessions/session_cache.h"

namespace sallyport::accounts {

/// Changes one's own profile. Fails as the store does.
class UpdateProfileHandler {
 public:
  UpdateProfileHandler(AccountStore& accounts, sessions::SessionCache& cache) : accounts_(accounts), cache_(cache) {}
  core::Task<core::Result<Account>> operator()(ProfileChange change) {
    const auto account = change.account;
    auto changed = co_await accounts_.update_profile(std::move(change));
    cache_.invalidate(account);  // after the commit, before the answer
    co_return changed;
  }

 private:
  AccountStore& accounts_;
  sessions::SessionCache& cache_;
};

}  // namespace sallyport::accounts
