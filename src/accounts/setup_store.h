#pragma once

#include "accounts/account_store.h"

namespace sallyport::accounts {

/// Who asked for a setup token. Stored by number.
enum class SetupTokenMaker : std::int64_t { start = 1, operator_command = 2 };

/// A token as the store keeps it.
struct NewSetupToken {
  core::Digest digest;
  SetupTokenMaker maker;
  core::Timestamp created_at;
  core::Timestamp expires_at;
  audit::Origin origin;
};

/// The first administrator, and the token that allows making it.
struct FirstAdministrator {
  core::Digest token_digest;
  NewAdministrator administrator;
};

/// The one setup token of a database, good only while there is no active administrator. (Once there is one there always
/// is: the last is protected.) Writes are as `AccountStore`'s, and fail as those do besides what they say.
class SetupStore {
 public:
  virtual ~SetupStore() = default;
  /// Takes the place of the token before, with an audit row. `conflict` / "setup_done" once there is an administrator;
  /// `conflict` / "setup_token_kept" if a start would replace a live one that an operator asked for.
  virtual core::Task<core::Result<void>> replace_token(NewSetupToken token) = 0;
  /// Looks only. `conflict` / "setup_done".
  virtual core::Task<core::Result<void>> check_open() = 0;
  /// Looks only. `conflict` / "setup_done"; `forbidden` / "setup_token_invalid" for another than the live one.
  virtual core::Task<core::Result<void>> check_token(core::Digest digest, core::Timestamp now) = 0;
  /// Checks again, makes the administrator, removes the token; one write with its audit rows. Fails as `check_token`
  /// does, and with `conflict` / "identifier_taken", which leaves the token as it was.
  virtual core::Task<core::Result<void>> create_first_administrator(FirstAdministrator first) = 0;
};

}  // namespace sallyport::accounts
