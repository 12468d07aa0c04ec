#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/secret.h"

namespace sallyport::mail {

/// What a mail says, before a template puts it into words. Whoever causes a mail fills in what its kind is about, and a
/// template leaves out what is not there.
struct Letter {
  std::string to;                   ///< mailbox of the recipient, as typed
  std::optional<std::string> name;  ///< what the recipient is called

  std::optional<core::Secret> link;               ///< whole URL under `public_url`, with its token
  std::optional<core::Secret> code;               ///< what can be typed instead of following the link
  std::optional<std::chrono::seconds> valid_for;  ///< link and code, from the mail's creation

  std::optional<core::Timestamp> at;   ///< when what the mail tells of happened
  std::optional<std::string> device;   ///< where from, for people: "Firefox on Linux"
  std::optional<std::string> ip;       ///< where from
  std::optional<std::string> address;  ///< another address the mail is about: the new one of `address_changed`
  std::optional<std::string> inviter;  ///< who invites, as they are called
};

}  // namespace sallyport::mail
