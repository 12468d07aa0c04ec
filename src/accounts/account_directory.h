#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/account.h"
#include "core/result.h"
#include "core/task.h"
#include "sessions/session.h"

namespace sallyport::accounts {

/// Which accounts to list. Pages go on behind the last id of the one before.
struct AccountFilter {
  std::optional<AccountStatus> status;
  std::string text;  ///< part of the address's key or of the name, ASCII letters in either case; empty is all
  std::optional<core::AccountId> after;
  int most = 50;
};

/// A live session as its owner would recognise it.
struct ListedSession {
  sessions::Session session;
  std::string device_name, device_type, client_version, ip;
  std::optional<std::string> country;  ///< ISO 3166-1 alpha-2; nothing where it is not found out
};

/// Looking at accounts and their devices, as operators do, and owners at their own. Deleted accounts are not shown.
/// Fails as the other stores do.
class AccountDirectory {
 public:
  virtual ~AccountDirectory() = default;
  /// `not_found` / "account_not_found".
  virtual core::Task<core::Result<Account>> find(core::AccountId id) = 0;
  /// The same by address.
  virtual core::Task<core::Result<Account>> find(EmailKey key) = 0;
  /// By id, which is by age.
  virtual core::Task<core::Result<std::vector<Account>>> list(AccountFilter filter) = 0;
  /// The live sessions of an account, oldest first; none for an unknown one.
  virtual core::Task<core::Result<std::vector<ListedSession>>> sessions_of(core::AccountId account,
                                                                           core::Timestamp now) = 0;
};

}  // namespace sallyport::accounts
