#pragma once

#include "mail/mailbox.h"
#include "mail/new_mail.h"
#include "mail/templates.h"

namespace sallyport::mail {

/// What stands above a mail's text.
struct Envelope {
  Mailbox from;
  Mailbox to;
  MailId id;  ///< also of the message, on the sender's domain: a mail that is sent twice is one message
  core::Timestamp at;
};

/// The whole message (RFC 5322) with its text and HTML as alternatives (RFC 2046 §5.1.4), in lines of at most 998 bytes
/// (mostly 76) that end in CRLF. All of it is ASCII, but for an address that `needs_utf8` (RFC 6532): subject and names
/// are encoded words (RFC 2047) where they must be, bodies are quoted-printable (RFC 2045 §6.7).
core::Secret write_message(const Envelope& envelope, const Rendering& rendering);

}  // namespace sallyport::mail
