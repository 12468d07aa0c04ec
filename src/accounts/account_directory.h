#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "accounts/account.h"
#include "core/result.h"
#include "core/task.h"
#include "sessions/session.h"

namespace sallyport::accounts {

/// For whom the directory of accounts is.
enum class DirectoryReaders { administrators, members };

/// Where a text is looked for.
enum class TextIn { address_and_name, name };

/// Which accounts to list. Pages go on behind the last id of the one before.
struct AccountFilter {
  std::vector<AccountStatus> statuses{};  ///< any of these; empty is all but deleted ones
  std::vector<Role> roles{};              ///< any of these; empty is all
  std::vector<core::AccountId> ids{};     ///< only these; empty is all
  std::string text{};  ///< part of the address's key or of the name, ASCII letters in either case; empty is all
  TextIn text_in = TextIn::address_and_name;
  std::optional<core::AccountId> after{};
  int most = 50;
};

/// Some of the accounts that were asked for, by id, which is by age.
struct AccountPage {
  std::vector<Account> accounts;
  std::optional<core::AccountId> next;  ///< behind which to go on; nothing at the end
};

/// A live session as its owner would recognise it.
struct ListedSession {
  sessions::Session session;
  std::string device_name, device_type, client_version, ip;
  std::optional<std::string> country;  ///< ISO 3166-1 alpha-2; nothing where it is not found out
  std::map<std::string, std::string> metadata;
  std::int64_t activity_count = 0;  ///< how often it was used, as it was written down
};

/// Looking at accounts and their devices, as operators do, and owners at their own. Deleted accounts are shown only
/// where they are asked for. Fails as the other stores do.
class AccountDirectory {
 public:
  virtual ~AccountDirectory() = default;
  /// `not_found` / "account_not_found".
  virtual core::Task<core::Result<Account>> find(core::AccountId id) = 0;
  /// The same by address.
  virtual core::Task<core::Result<Account>> find(EmailKey key) = 0;
  /// Looks at a bounded number of accounts, so that a search for what is rare holds up nobody: a page may have fewer
  /// than `filter.most`, and even none, and yet go on.
  virtual core::Task<core::Result<AccountPage>> list(AccountFilter filter) = 0;
  /// The live sessions of an account, oldest first; none for an unknown one.
  virtual core::Task<core::Result<std::vector<ListedSession>>> sessions_of(core::AccountId account,
                                                                           core::Timestamp now) = 0;
};

}  // namespace sallyport::accounts
