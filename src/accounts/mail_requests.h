#pragma once

#include <vector>

#include "accounts/account.h"
#include "accounts/flow_desk.h"
#include "core/task.h"
#include "idempotency/idempotency_store.h"

namespace sallyport::accounts {

/// A request of a stranger whose mail is not made yet.
struct DueRequest {
  flows::FlowId id;
  core::Timestamp created_at;
  std::optional<Account> account;  ///< that has the address, and is neither suspended nor deleted
};

/// The mail of a request, made for an account as it was looked at.
struct RequestMail {
  core::AccountId account;
  std::int64_t credential_version;
  /// Whether link and code count no more once the account has other credentials. The flow has their version then, which
  /// elsewhere says that whoever began it had shown them (`FlowMail::credential_version`): a stranger has not, so this
  /// is for kinds alone that ask for nobody's credentials.
  bool ends_with_credentials = false;
  ProofMail proof;
  core::Timestamp expires_at;
};

/// What becomes of a due request. Without a mail nobody hears of it, as where no account has that address.
struct RequestAnswer {
  flows::FlowId request;
  std::optional<RequestMail> mail;
};

/// How many requests came to which end.
struct AnsweredRequests {
  std::int64_t mailed = 0;
  std::int64_t dismissed = 0;  ///< nobody's, or one more than the account may get
};

/// What strangers ask for by mail. Asking writes a row, the same for every address, and looks at no account; the mail
/// is made afterwards, so neither the answer nor its time tells of one (design.md 1, promise 5). A row stays due until
/// its mail is written with it. All may also fail with `unavailable` / "store_unavailable" or "overloaded", and as an
/// interrupted task does.
class MailRequestStore {
 public:
  virtual ~MailRequestStore() = default;
  /// Writes a flow with address and `due_at`, and without an account, whoever it is for; and that a request of that
  /// name was done if it has one. `conflict` / "idempotency_key_used".
  virtual core::Task<core::Result<void>> request(flows::NewFlow flow,
                                                 std::optional<idempotency::NamedRequest> name) = 0;
  /// Those of a kind that are due, the longest due first.
  virtual core::Task<core::Result<std::vector<DueRequest>>> due(flows::FlowKind kind, core::Timestamp now,
                                                                int most) = 0;
  /// Ends requests of a kind that are still due: with their mails, written in the same transaction, so that a request
  /// never has two whose links count; or without, which wipes the address, as for an account that had as many mails of
  /// the kind as it gets (flows/mail_limits.h). One whose account has changed since it was looked at stays due: its
  /// address is another's by now or nobody's, it was suspended, or its credentials are others.
  virtual core::Task<core::Result<AnsweredRequests>> answer(flows::FlowKind kind, std::vector<RequestAnswer> answers,
                                                            core::Timestamp now) = 0;
};

}  // namespace sallyport::accounts
