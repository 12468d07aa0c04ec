#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/ids.h"

namespace sallyport::mail {

using MailId = core::Id<struct MailIdKind>;

/// What a mail is about; each has a template.
enum class MailKind {
  welcome,           ///< with the link and code that prove the address
  verification,      ///< link and code, asked for again
  recovery,          ///< link and code
  password_changed,  ///< a notice
  new_device,        ///< a notice
  confirm_address,   ///< link and code, to a new address
  address_changed,   ///< a notice, to the old address
  locked,            ///< a notice
  invitation,        ///< link
  account_deleted,   ///< a notice
  address_taken,     ///< a notice to the owner of an address that somebody tried to register
};

/// All of them, in order.
inline constexpr std::array mail_kinds{MailKind::welcome,          MailKind::verification, MailKind::recovery,
                                       MailKind::password_changed, MailKind::new_device,   MailKind::confirm_address,
                                       MailKind::address_changed,  MailKind::locked,       MailKind::invitation,
                                       MailKind::account_deleted,  MailKind::address_taken};

constexpr std::string_view to_text(MailKind kind) {
  switch (kind) {
    case MailKind::welcome:
      return "welcome";
    case MailKind::verification:
      return "verification";
    case MailKind::recovery:
      return "recovery";
    case MailKind::password_changed:
      return "password_changed";
    case MailKind::new_device:
      return "new_device";
    case MailKind::confirm_address:
      return "confirm_address";
    case MailKind::address_changed:
      return "address_changed";
    case MailKind::locked:
      return "locked";
    case MailKind::invitation:
      return "invitation";
    case MailKind::account_deleted:
      return "account_deleted";
    case MailKind::address_taken:
      return "address_taken";
  }
  return "";
}

/// The kind of that name, if this release has it.
constexpr std::optional<MailKind> parse_mail_kind(std::string_view text) {
  for (const auto kind : mail_kinds)
    if (to_text(kind) == text) return kind;
  return std::nullopt;
}

/// A mail to send, written in the transaction of its cause and due at once.
struct NewMail {
  MailId id;
  MailKind kind;
  std::optional<core::AccountId> account;
  std::optional<std::string> locale;  ///< BCP 47; the server's own where there is none
  core::Bytes payload;                ///< address and values, sealed (mail/mail_desk.h)
  core::Timestamp created_at;
};

}  // namespace sallyport::mail
