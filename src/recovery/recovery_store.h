#pragma once

#include <optional>
#include <string>

#include "accounts/email.h"
#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"
#include "flows/proof.h"
#include "mail/new_mail.h"
#include "throttle/attempt_store.h"

namespace sallyport::recovery {

/// An account that may be recovered: active, or pending, since its mailbox is about to be proven.
struct Recoverable {
  core::AccountId account;
  accounts::Email email;
  std::optional<std::string> display_name;
  std::optional<std::string> locale;
  bool is_email_verified = false;
  std::int64_t credential_version = 1;
};

/// A new password for whoever proves the mailbox of an account.
struct Recovery {
  flows::ProofDigests proof;
  std::string verifier;       ///< PHC-style, crypto/password_verifier.h
  throttle::AttemptKey name;  ///< whose lock goes: wrong passwords of the account's address are counted there
  mail::NewMail notice;
  core::Timestamp now;
  audit::Origin origin;
};

/// Where recoveries are done; what asks for them is an `accounts::MailRequestStore`. Each write is one atomic, durable
/// operation; a success answer means it is on the disk. All may also fail with `unavailable` / "store_unavailable" or
/// "overloaded", and as an interrupted task does.
class RecoveryStore {
 public:
  virtual ~RecoveryStore() = default;

  /// The account whose mailbox is proven, or nothing; then a wrong code is counted, before anybody hears of it. The
  /// account still has the address that the mail went to, and the credentials of that time.
  virtual core::Task<core::Result<std::optional<Recoverable>>> check(flows::ProofDigests proof,
                                                                     core::Timestamp now) = 0;
  /// Checks the proof again and does all of it: replaces the verifier, moves the credential version, ends every
  /// session, removes the lock of the name, marks the address as verified and a pending account as active, drops every
  /// flow of the account, writes the notice and the audit row. An account whose address was never verified loses its
  /// profile, which whoever registered it wrote. `invalid` / "flow_invalid", with a wrong code counted.
  virtual core::Task<core::Result<core::AccountId>> recover(Recovery recovery) = 0;
};

}  // namespace sallyport::recovery
