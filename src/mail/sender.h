#pragma once

#include <atomic>
#include <functional>

#include "core/bell.h"
#include "mail/mail_desk.h"
#include "mail/mailer.h"
#include "mail/templates.h"

namespace sallyport::mail {

struct SenderRules {
  int most_attempts = 30;  ///< with the pauses below, about a day
  std::chrono::milliseconds first_pause{30'000};
  std::chrono::milliseconds longest_pause{3'600'000};
  std::chrono::milliseconds lease{60'000};  ///< longer than any attempt takes
};

/// How an attempt ended, for the log.
struct AttemptReport {
  MailId id;
  std::string_view kind;     ///< valid during the call
  std::string_view outcome;  ///< "delivered", "postponed", "given_up", "unsettled"; a literal
  std::int64_t attempts;
  std::string_view reason;  ///< valid during the call; without addresses of people
};

/// What has been done with mails, and how many wait; each may be read from any thread.
struct SenderCounters {
  std::atomic<std::uint64_t> delivered = 0, postponed = 0, given_up = 0;
};

/// Sends what is in the outbox, at least once: a mail is leased, sent and settled one after the other, so what a server
/// that dies holds is what it was sending, and is sent again when the lease is over. Pauses between attempts double,
/// with a quarter of jitter to either side. Given up is what was refused for good, tried too often, or has a link
/// that has expired meanwhile.
class Sender {
 public:
  Sender(Outbox& outbox, const MailDesk& desk, const Templates& templates, Mailer& mailer, Mailbox from,
         core::Bell& bell, const core::Clock& clock, core::Random& random, SenderRules rules)
      : outbox_(outbox),
        desk_(desk),
        templates_(templates),
        mailer_(mailer),
        from_(std::move(from)),
        bell_(bell),
        clock_(clock),
        random_(random),
        rules_(rules) {}

  /// Called on the loop of the task, after each attempt. Before the tasks start.
  void report_to(std::function<void(const AttemptReport&)> report) { report_ = std::move(report); }

  /// Sends the mail that is due longest, if one is: false if none was. Fails as the outbox does.
  core::Task<core::Result<bool>> send_next();
  /// Until its task is interrupted, on the loop the bell hangs on. Several tasks send as many mails at a time.
  core::Task<core::Result<void>> send_forever();

  const SenderCounters& counters() const { return counters_; }

 private:
  core::Result<OutgoingMail> prepare(const StoredMail& mail) const;
  core::Task<Settlement> attempt(StoredMail mail);
  Settlement later(std::int64_t attempts, std::string reason);
  std::chrono::microseconds pause_after(std::int64_t attempts);
  void count(const StoredMail& mail, const Settlement& settlement, bool is_settled);
  core::Task<core::Result<core::Moment>> next_look();

  Outbox& outbox_;
  const MailDesk& desk_;
  const Templates& templates_;
  Mailer& mailer_;
  const Mailbox from_;
  core::Bell& bell_;
  const core::Clock& clock_;
  core::Random& random_;
  const SenderRules rules_;
  SenderCounters counters_;
  std::function<void(const AttemptReport&)> report_;
};

/// `letter` as it goes out. Fails with `invalid` / "mailbox_unusable" or "mail_link_foreign".
core::Result<OutgoingMail> write_mail(const Templates& templates, const Mailbox& from, MailId id, MailKind kind,
                                      const std::optional<std::string>& locale, const Letter& letter,
                                      core::Timestamp at);

}  // namespace sallyport::mail
