#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/email.h"
#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"
#include "flows/proof.h"
#include "idempotency/idempotency_store.h"
#include "mail/new_mail.h"
#include "throttle/attempt_store.h"

namespace sallyport::recovery {

/// Mails of recovery that one account gets, however often somebody asks: strangers must not fill a mailbox.
inline constexpr std::int64_t most_mails_an_hour = 3;
inline constexpr std::int64_t most_mails_a_day = 10;

/// An account that may be recovered: active, or pending, since its mailbox is about to be proven.
struct Recoverable {
  core::AccountId account;
  accounts::Email email;
  std::optional<std::string> display_name;
  std::optional<std::string> locale;
  bool is_email_verified = false;
  std::int64_t credential_version = 1;
};

/// A request whose mail is not made yet.
struct DueRequest {
  flows::FlowId id;
  core::Timestamp created_at;
  std::optional<Recoverable> account;  ///< none has that address, or none that may be recovered
};

/// The mail of a request, and what it proves the mailbox with.
struct RequestMail {
  core::AccountId account;
  std::int64_t credential_version;
  core::Digest link_digest;
  core::Digest code_mac;
  core::Timestamp expires_at;
  mail::NewMail mail;
};

/// What becomes of a due request. Without a mail nobody hears of it, as where no account has that address.
struct RequestAnswer {
  flows::FlowId request;
  std::optional<RequestMail> mail;
};

/// How many requests came to which end.
struct Answered {
  std::int64_t mailed = 0;
  std::int64_t dismissed = 0;  ///< nobody's, or one more than the account may get
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

/// Where recoveries live. Each write is one atomic, durable operation; a success answer means it is on the disk. All
/// may also fail with `unavailable` / "store_unavailable" or "overloaded", and as an interrupted task does.
class RecoveryStore {
 public:
  virtual ~RecoveryStore() = default;

  /// Writes a flow of the kind `recovery` with address and `due_at`, whoever it is for, and that a request of that name
  /// was done if it has one. `conflict` / "idempotency_key_used".
  virtual core::Task<core::Result<void>> request(flows::NewFlow flow,
                                                 std::optional<idempotency::NamedRequest> name) = 0;
  /// Requests that are due, the longest due first.
  virtual core::Task<core::Result<std::vector<DueRequest>>> due_requests(core::Timestamp now, int most) = 0;
  /// Ends requests that are still due: with their mails, which are written in the same transaction, so that a request
  /// never has two whose links count; or without, which wipes the address. One whose account has changed since it was
  /// looked at stays due.
  virtual core::Task<core::Result<Answered>> answer_requests(std::vector<RequestAnswer> answers,
                                                             core::Timestamp now) = 0;

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
