#pragma once

#include <optional>
#include <string>

#include "accounts/account.h"
#include "accounts/display_name.h"
#include "accounts/locale.h"
#include "accounts/phone.h"
#include "accounts/time_zone.h"
#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"
#include "flows/flow.h"
#include "idempotency/idempotency_store.h"
#include "mail/new_mail.h"
#include "sessions/session.h"

namespace sallyport::accounts {

/// What is written where somebody must not hear that an address is another account's.
struct TakenAddress {
  flows::NewFlow flow;                ///< proves nothing
  std::optional<mail::NewMail> mail;  ///< to the owner, its `account`
};

/// Everything that comes into being when somebody registers.
struct NewAccount {
  core::AccountId id;
  Email email;
  std::optional<DisplayName> display_name;
  std::optional<Locale> locale;
  std::optional<TimeZone> time_zone;
  Role role = Role::user;
  AccountStatus status = AccountStatus::active;
  std::string verifier;  ///< PHC-style, crypto/password_verifier.h
  core::Timestamp created_at;
  std::optional<sessions::NewSession> session;  ///< the first sign-in; its `account` is `id`
  std::optional<mail::NewMail> mail{};
  std::optional<flows::NewFlow> flow{};                ///< whose link and code are in the mail
  std::optional<TakenAddress> if_taken{};              ///< written instead, where it is there
  std::optional<idempotency::NamedRequest> request{};  ///< that asked for it, if it has a name
  audit::Origin origin;
};

/// An administrator made by whoever runs the server: nobody signs in with it yet, so it has no session.
struct NewAdministrator {
  core::AccountId id;
  Email email;
  std::optional<DisplayName> display_name;
  std::string verifier;  ///< as in `NewAccount`
  core::Timestamp created_at;
  audit::Origin origin;
};

/// What a sign-in is checked against.
struct SignInRecord {
  core::AccountId id;
  AccountStatus status;
  std::int64_t credential_version;
  std::string verifier;
  std::string email;  ///< as typed
  std::optional<std::string> display_name;
  std::optional<std::string> locale;
};

/// A replacement that happens only while `previous` is still the stored verifier.
struct ReplaceVerifier {
  core::AccountId account;
  std::string previous;
  std::string next;
  core::Timestamp now;
};

/// A change of one's own password, from a session that stays.
struct PasswordChange {
  core::AccountId account;
  core::SessionId session;
  std::string previous;  ///< the verifier whose password was proven
  std::string next;
  std::optional<mail::NewMail> mail{};
  core::Timestamp now;
  audit::Origin origin;
};

/// A change of one's own profile. Only what is given changes; an inner nothing clears the field.
struct ProfileChange {
  core::AccountId account;
  std::optional<std::optional<DisplayName>> display_name;
  std::optional<std::optional<Locale>> locale;
  std::optional<std::optional<TimeZone>> time_zone;
  std::optional<std::optional<Phone>> phone{};  ///< any change makes it unverified
  core::Timestamp now;
  audit::Origin origin;
};

/// The end of an account: by its owner, in a session, or by whoever may.
struct AccountDeletion {
  core::AccountId account;
  std::optional<core::SessionId> session;  ///< the owner's
  std::optional<mail::NewMail> mail{};
  core::Timestamp now;
  audit::Origin origin;
};

/// Where accounts live. Each write is one atomic, durable operation with its audit row and, where something cached is
/// touched, its invalidation; a success answer means it is on the disk. All may also fail with `unavailable` /
/// "store_unavailable" or "overloaded", and as an interrupted task does.
class AccountStore {
 public:
  virtual ~AccountStore() = default;
  /// Account, credential, first session, mail and flow if there are, audit row, and that a named request was done.
  /// `conflict` / "idempotency_key_used" (idempotency/idempotency_store.h), else "identifier_taken", or success if
  /// `if_taken` is there: nobody but the owner hears of it.
  virtual core::Task<core::Result<void>> create_account(NewAccount account) = 0;
  /// An active account of the role `admin` with its credential and audit row; a setup token is dead from then on.
  /// `conflict` / "identifier_taken".
  virtual core::Task<core::Result<void>> create_administrator(NewAdministrator administrator) = 0;
  /// `not_found` / "account_not_found", for deleted ones too.
  virtual core::Task<core::Result<SignInRecord>> find_sign_in(EmailKey key) = 0;
  /// The same by id.
  virtual core::Task<core::Result<SignInRecord>> find_sign_in(core::AccountId id) = 0;
  /// Replaces the verifier while it is still `previous`, moves the credential version, and ends every session of the
  /// account but this one, which goes on under the new version with a fresh `auth_time`; mail if there is, audit row.
  /// `unauthenticated` / "session_expired" unless the session is live and the account's; `conflict` /
  /// "verifier_changed".
  virtual core::Task<core::Result<void>> change_password(PasswordChange change) = 0;
  /// The same verifier in other clothes, so no session ends. `conflict` / "verifier_changed" when it is another by now.
  virtual core::Task<core::Result<void>> replace_verifier(ReplaceVerifier replacement) = 0;
  /// The account after the change. `not_found` / "account_not_found".
  virtual core::Task<core::Result<Account>> update_profile(ProfileChange change) = 0;
  /// Suspends, reactivates or deletes, and gives the account as it is then; every session ends in the same write.
  /// `not_found` / "account_not_found"; `conflict` / "last_administrator" if there would be no active administrator any
  /// more, found in the same statement.
  virtual core::Task<core::Result<Account>> set_status(core::AccountId account, AccountStatus status,
                                                       core::Timestamp now, audit::Origin origin) = 0;
  /// Deletes, and gives the account as it was but for its status; mail if there is, and otherwise as `set_status` does.
  /// `unauthenticated` / "session_expired" unless the session, if one is given, is live and the account's.
  virtual core::Task<core::Result<Account>> delete_account(AccountDeletion deletion) = 0;
  /// Whether an account that was deleted before then is still there.
  virtual core::Task<core::Result<bool>> has_erasable(core::Timestamp before) = 0;
  /// Erases for good the account that was deleted first, if that was before then, or a part of it: at most `most` rows
  /// of a kind. How many rows are gone; none if there is no such account. What the audit log says about the account
  /// stays, without the person; its picture is a leftover.
  virtual core::Task<core::Result<std::int64_t>> erase_deleted(core::Timestamp before, int most) = 0;
  /// Ends every session of an account and says how many that were. `not_found` / "account_not_found".
  virtual core::Task<core::Result<std::int64_t>> end_sessions(core::AccountId account, core::Timestamp now,
                                                              audit::Origin origin) = 0;
};

}  // namespace sallyport::accounts
