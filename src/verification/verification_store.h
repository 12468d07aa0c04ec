#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/account_store.h"
#include "flows/proof.h"

namespace sallyport::verification {

/// A flow as it stands, with the account it is of.
struct FoundFlow {
  flows::StoredFlow stored;
  std::optional<accounts::Account> account;  ///< nothing where nobody's, or deleted
};

/// Somebody who is signed in wants another mail for the address of their account.
struct AskedAgain {
  core::SessionId session;
  flows::NewFlow flow;
  mail::NewMail mail;
};

/// Somebody who is signed in, and has just given the password of `credential_version`, wants another address.
struct AskedChange {
  core::SessionId session;
  std::int64_t credential_version;
  flows::NewFlow flow;  ///< with the new address
  mail::NewMail mail;
  accounts::TakenAddress if_taken;  ///< written instead where the address is another account's
};

/// A proof, and what is written with it.
struct Confirmation {
  flows::FlowKind kind;
  flows::ProofDigests proof;
  std::optional<std::int64_t> credential_version{};  ///< of the password that was found right, where one was needed
  std::optional<sessions::NewSession> session{};     ///< opened if the account was pending until now
  std::optional<mail::NewMail> notice{};             ///< of a changed address
  core::Timestamp now;
  audit::Origin origin;
};

struct Confirmed {
  accounts::Account account;  ///< as it is then
  bool has_session;           ///< whether that of the confirmation was opened
};

/// Whoever reads the mailbox says that they asked for nothing.
struct Disowning {
  flows::FlowKind kind;
  flows::ProofDigests proof;
  core::Timestamp now;
  audit::Origin origin;
};

enum class Disowned {
  account_deleted,  ///< which had never proven its address
  flow_cancelled,
};

/// Where addresses are proven. Each write is one atomic, durable operation with its audit row and invalidation. All may
/// also fail with `unavailable` / "store_unavailable" or "overloaded", and as an interrupted task does.
class VerificationStore {
 public:
  virtual ~VerificationStore() = default;

  virtual core::Task<core::Result<std::optional<FoundFlow>>> find(flows::FlowId id) = 0;

  /// `unauthenticated` / "session_expired"; `conflict` / "already_verified"; `throttled` / "throttled" once the account
  /// had as many mails as it gets.
  virtual core::Task<core::Result<void>> ask_again(AskedAgain asked) = 0;

  /// `unauthenticated` / "session_expired", also where the password was changed meanwhile; `throttled` / "throttled".
  virtual core::Task<core::Result<void>> ask_change(AskedChange asked) = 0;

  /// Whether this proves the flow; uses nothing up. `invalid` / "flow_invalid", with a wrong code counted before
  /// anybody hears of it.
  virtual core::Task<core::Result<void>> check(flows::FlowKind kind, flows::ProofDigests proof,
                                               core::Timestamp now) = 0;

  /// Proves the address of the account, or gives it the new one; ends what else was under way for it. `invalid` /
  /// "flow_invalid", with a wrong code counted before anybody hears of it, and where the account is neither pending nor
  /// active any more; `unauthenticated` / "credentials_changed"; `conflict` / "identifier_taken".
  virtual core::Task<core::Result<Confirmed>> confirm(Confirmation confirmation) = 0;

  /// Deletes the account if it never proved its address and that was what the flow is for; else the flow alone.
  /// `invalid` / "flow_invalid"; `conflict` / "last_administrator".
  virtual core::Task<core::Result<Disowned>> disown(Disowning disowning) = 0;
};

}  // namespace sallyport::verification
