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
#include "mail/new_mail.h"

namespace sallyport::accounts {

/// On whose behalf accounts are administered.
struct Mandate {
  /// An administrator's, which has to be live and an administrator's still in the write itself; nothing for the command
  /// line of whoever runs the server.
  std::optional<core::SessionId> session;
  core::Timestamp now;
  audit::Origin origin;
};

/// An account that somebody else makes. Nobody signs in by making it.
struct NewUser {
  core::AccountId id;
  Email email;
  std::optional<DisplayName> display_name{};
  std::optional<Locale> locale{};
  std::optional<TimeZone> time_zone{};
  std::optional<Phone> phone{};
  Role role = Role::user;
  std::optional<std::string> verifier{};  ///< with a password the account is active, without one pending
  std::optional<mail::NewMail> mail{};
  std::optional<flows::NewFlow> invitation{};  ///< whose link is in the mail
  Mandate mandate;
};

/// An invitation to an account that is there already.
struct Reinvitation {
  core::AccountId account;
  flows::NewFlow flow;
  mail::NewMail mail;
  Mandate mandate;
};

/// A change of somebody's account. Only what is given changes; an inner nothing clears the field.
struct UserChange {
  core::AccountId account;
  std::optional<std::optional<DisplayName>> display_name{};
  std::optional<std::optional<Locale>> locale{};
  std::optional<std::optional<TimeZone>> time_zone{};
  std::optional<std::optional<Phone>> phone{};  ///< another one is not verified
  std::optional<Email> email{};                 ///< not verified from then on, unless it is the same one
  std::optional<Role> role{};                   ///< another one ends every session
  std::optional<AccountStatus> status{};        ///< active or suspended; another one ends every session
  std::optional<mail::NewMail> notice{};        ///< of another mailbox, to the one before
  Mandate mandate;
};

/// A password that somebody else sets.
struct SetPassword {
  core::AccountId account;
  std::string verifier;
  std::optional<mail::NewMail> mail{};
  Mandate mandate;
};

/// What administrators do with accounts. Each is one atomic, durable write with the audit rows that name the
/// administrator, and the invalidation of what is cached. All fail with `unauthenticated` / "session_expired" or
/// `forbidden` / "forbidden" if the mandate holds no more when it is written, and as `AccountStore`'s writes do. All
/// but the first fail with `not_found` / "account_not_found", also for a deleted account where nothing else is said.
class AdministrationStore {
 public:
  virtual ~AdministrationStore() = default;
  /// The account, with its credential, mail and invitation if there are. `conflict` / "identifier_taken".
  virtual core::Task<core::Result<Account>> create_user(NewUser user) = 0;
  /// The account after the change; one that changes nothing writes nothing. With another address, whatever was mailed
  /// to the one before opens nothing any more. `conflict` with "identifier_taken"; "last_administrator" if there would
  /// be no active administrator any more, found in the same statement; or "password_missing" for an account that would
  /// be active and has none.
  virtual core::Task<core::Result<Account>> update_user(UserChange change) = 0;
  /// Puts an invitation and its mail in the place of earlier ones. `conflict` / "not_invited" unless the account is
  /// pending, has no password, and has the address that the invitation is for.
  virtual core::Task<core::Result<Account>> invite(Reinvitation invitation) = 0;
  /// Replaces whatever password there was, moves the credential version, ends every session and every flow; a pending
  /// account is active from then on.
  virtual core::Task<core::Result<Account>> set_password(SetPassword setting) = 0;
  /// Ends every session and lets go of the address; what is stored stays for `restore_user`; mail if there is.
  /// `conflict` / "last_administrator", as above.
  virtual core::Task<core::Result<Account>> remove_user(core::AccountId account, Mandate mandate,
                                                        std::optional<mail::NewMail> notice = {}) = 0;
  /// Makes a deleted account active, or pending if it has no password. `conflict` / "identifier_taken" if another
  /// account has its address by now; "not_deleted" for one that is not deleted.
  virtual core::Task<core::Result<Account>> restore_user(core::AccountId account, Mandate mandate) = 0;
  /// Ends every session and says how many that were.
  virtual core::Task<core::Result<std::int64_t>> end_sessions(core::AccountId account, Mandate mandate) = 0;
};

}  // namespace sallyport::accounts
