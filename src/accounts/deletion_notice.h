#pragma once

#include <chrono>

#include "accounts/account.h"
#include "mail/mail_desk.h"

namespace sallyport::accounts {

/// The mail that tells an owner that their account is deleted, and for how long it can be restored. `ip` is where that
/// came from, if it was the owner's own session.
inline mail::NewMail deletion_notice(const mail::MailDesk& desk, const Account& account,
                                     std::chrono::seconds restore_window, core::Timestamp now,
                                     std::optional<std::string> ip) {
  return desk.compose(mail::MailKind::account_deleted, account.id, account.locale,
                      {.to = account.email,
                       .name = account.display_name,
                       .valid_for = restore_window.count() > 0 ? std::optional(restore_window) : std::nullopt,
                       .at = now,
                       .ip = std::move(ip)},
                      now);
}

}  // namespace sallyport::accounts
