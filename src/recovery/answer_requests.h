#pragma once

#include <atomic>

#include "core/bell.h"
#include "core/clock.h"
#include "core/random.h"
#include "flows/link_base.h"
#include "mail/mail_desk.h"
#include "recovery/recovery_store.h"

namespace sallyport::recovery {

/// Where the link of the mail leads.
inline constexpr std::string_view page_path = "/reset-password";

/// What became of requests; each may be read from any thread.
struct RequestCounters {
  std::atomic<std::uint64_t> mailed = 0, dismissed = 0;
};

/// Makes the mails of requests, apart from the answers to them. A request is a row until its mail is one, so a server
/// that dies in between answers it after its next start.
class AnswerRequests {
 public:
  AnswerRequests(RecoveryStore& store, const mail::MailDesk& desk, const flows::LinkBase& links,
                 const crypto::Keyring& keyring, core::Bell& bell, const core::Clock& clock, core::Random& random,
                 std::chrono::seconds valid_for)
      : store_(store),
        desk_(desk),
        links_(links),
        keyring_(keyring),
        bell_(bell),
        clock_(clock),
        random_(random),
        valid_for_(valid_for) {}

  /// Answers those that are due, up to a batch: how many are done with. Fails as the store does.
  core::Task<core::Result<std::size_t>> answer_due();
  /// Until its task is interrupted, on the loop the bell hangs on.
  core::Task<core::Result<void>> answer_forever();

  const RequestCounters& counters() const { return counters_; }

 private:
  RequestAnswer answer(const DueRequest& request, core::Timestamp now) const;

  RecoveryStore& store_;
  const mail::MailDesk& desk_;
  const flows::LinkBase& links_;
  const crypto::Keyring& keyring_;
  core::Bell& bell_;
  const core::Clock& clock_;
  core::Random& random_;
  const std::chrono::seconds valid_for_;
  RequestCounters counters_;
};

}  // namespace sallyport::recovery
