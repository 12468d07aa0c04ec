#include "accounts/invitations.h"

namespace sallyport::accounts {

Invitation InvitationDesk::compose(const Account& account, const EmailKey& key, std::optional<std::string> inviter,
                                   core::Timestamp now) const {
  const auto id = flows::FlowId::fresh(now, random_);
  const auto token = flows::LinkToken::fresh(id, random_);
  mail::Letter letter{.to = account.email,
                      .name = account.display_name,
                      .link = links_.link(invitation_path, token),
                      .valid_for = valid_for_,
                      .inviter = std::move(inviter)};
  return {.flow = {.id = id,
                   .kind = flows::FlowKind::invitation,
                   .account = account.id,
                   .address = flows::FlowAddress{account.email, std::string(key.str())},
                   .handle_digest = flows::FlowHandle::fresh(id, random_).digest(),  // nobody gets it: there is no code
                   .link_digest = token.digest(),
                   .credential_version = account.credential_version,
                   .created_at = now,
                   .expires_at = now + valid_for_},
          .mail = mail_desk_.compose(mail::MailKind::invitation, account.id, account.locale, letter, now)};
}

}  // namespace sallyport::accounts
