#pragma once

#include <vector>

#include "accounts/account.h"
#include "accounts/flow_desk.h"
#include "core/task.h"

namespace sallyport::accounts {

/// A request of a stranger whose mail is not made yet.
struct DueRequest {
  flows::FlowId id;
  core::Timestamp created_at;
  std::optional<Account> account;  ///< that has the address, and is neither suspended nor deleted
};

/// The mail of a request.
struct RequestMail {
  core::AccountId account;
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
  /// A flow with address and `due_at`, and without an account.
  virtual core::Task<core::Result<void>> request(flows::NewFlow flow) = 0;
  /// Those of a kind that are due, the longest due first.
  virtual core::Task<core::Result<std::vector<DueRequest>>> due(flows::FlowKind kind, core::Timestamp now,
                                                                int most) = 0;
  /// Ends requests that are still due: with their mails, written in the same transaction, so that a request never has
  /// two whose links count; or without, which wipes the address, as for an account that had as many mails as it gets.
  /// One whose address is another account's by now stays due.
  virtual core::Task<core::Result<AnsweredRequests>> answer(std::vector<RequestAnswer> answers,
                                                            core::Timestamp now) = 0;
};

}  // namespace sallyport::accounts
