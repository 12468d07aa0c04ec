#pragma once

#include "core/random.h"
#include "core/result.h"
#include "crypto/keyring.h"
#include "mail/letter.h"
#include "mail/outbox.h"

namespace sallyport::mail {

/// Makes mails for the outbox out of letters, and letters out of mails again: what the store and its backups hold of a
/// mail's address, link and code is sealed with a key that is not in them. Safe to use from every thread.
class MailDesk {
 public:
  /// Both outlive it.
  MailDesk(const crypto::Keyring& keyring, core::Random& random) : keyring_(keyring), random_(random) {}

  /// A mail to be written in the transaction of its cause. `locale` is the account's (BCP 47); without one the mail is
  /// in the server's language. It is written whether or not a mail server is configured: without one it can be read by
  /// whoever runs the server.
  NewMail compose(MailKind kind, std::optional<core::AccountId> account, std::optional<std::string> locale,
                  const Letter& letter, core::Timestamp now) const;

  /// What `compose` was given. Fails with `conflict` / "mail_delivered" for one whose payload is gone, and `internal` /
  /// "sealed_unreadable" if it was sealed by a later release, under a key that is not there, for another mail, or
  /// changed.
  core::Result<Letter> open(const StoredMail& mail) const;

 private:
  const crypto::Keyring& keyring_;
  core::Random& random_;
};

}  // namespace sallyport::mail
