#pragma once

#include <atomic>

#include "accounts/mail_requests.h"
#include "core/bell.h"

namespace sallyport::accounts {

/// What is mailed to whom of one kind of request.
class RequestMails {
 public:
  virtual ~RequestMails() = default;
  virtual flows::FlowKind kind() const = 0;
  /// For the account that `request` found, with a time from now on that it counts: the server may have been down when
  /// it was asked for. Nothing: no mail is due to this account.
  virtual std::optional<RequestMail> mail_of(const DueRequest& request, const Account& account,
                                             core::Timestamp now) const = 0;
};

/// Makes the mails of one kind of request, apart from the answers to them. A request is a row until its mail is one, so
/// a server that dies in between answers it after its next start.
class AnswerMailRequests {
 public:
  AnswerMailRequests(MailRequestStore& store, const RequestMails& mails, core::Bell& bell, const core::Clock& clock)
      : store_(store), mails_(mails), bell_(bell), clock_(clock) {}

  /// Answers those that have been due for so long, up to a batch: how many are done with. Fails as the store does.
  core::Task<core::Result<std::size_t>> answer_due(std::chrono::milliseconds since = {});
  /// Until its task is interrupted, on the loop the bell hangs on.
  core::Task<core::Result<void>> answer_forever();

  /// Each may be read from any thread.
  struct Counters {
    std::atomic<std::uint64_t> mailed = 0, dismissed = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  MailRequestStore& store_;
  const RequestMails& mails_;
  core::Bell& bell_;
  const core::Clock& clock_;
  Counters counters_;
};

}  // namespace sallyport::accounts
