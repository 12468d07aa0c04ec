#pragma once

#include <string>

#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"
#include "mail/mailbox.h"

namespace sallyport::mail {

/// A message and its way.
struct OutgoingMail {
  Mailbox from;
  Mailbox to;
  core::Secret message;  ///< RFC 5322, lines end in CRLF
};

/// What a mail server said to it.
struct MailAnswer {
  enum class Verdict {
    taken,    ///< the server is responsible for it now
    later,    ///< not now: a transient refusal, or no server was reached
    refused,  ///< not this mail, however often it is tried
  };
  Verdict verdict;
  /// For operators; begins with the server's reply code if there was one. Without addresses of people.
  std::string reason;
};

/// Hands mails to a mail server.
class Mailer {
 public:
  virtual ~Mailer() = default;
  /// Fails only as an interrupted task does, and with `unavailable` / "shutting_down" or "overloaded"; a mail that was
  /// begun has then been broken off, and may have been taken all the same.
  virtual core::Task<core::Result<MailAnswer>> send(OutgoingMail mail) = 0;
};

}  // namespace sallyport::mail
