#pragma once

#include "accounts/account.h"
#include "core/random.h"
#include "flows/flow.h"
#include "flows/link_base.h"
#include "mail/mail_desk.h"

namespace sallyport::accounts {

inline constexpr std::string_view invitation_path = "/accept-invitation";

/// A way into an account, and the mail that has it.
struct Invitation {
  flows::NewFlow flow;
  mail::NewMail mail;
};

/// Makes invitations to accounts that wait for their owners.
class InvitationDesk {
 public:
  /// All outlive it.
  InvitationDesk(const mail::MailDesk& mail_desk, const flows::LinkBase& links, std::chrono::seconds valid_for,
                 core::Random& random)
      : mail_desk_(mail_desk), links_(links), valid_for_(valid_for), random_(random) {}
  /// `inviter` is what the administrator is called, where there is one with a name.
  Invitation compose(const Account& account, const EmailKey& key, std::optional<std::string> inviter,
                     core::Timestamp now) const;

 private:
  const mail::MailDesk& mail_desk_;
  const flows::LinkBase& links_;
  const std::chrono::seconds valid_for_;
  core::Random& random_;
};

}  // namespace sallyport::accounts
