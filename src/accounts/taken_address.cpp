#include "accounts/taken_address.h"

namespace sallyport::accounts {

TakenAddress taken_address(const flows::NewFlow& flow, std::optional<core::AccountId> about, const Account* owner,
                           const mail::MailDesk& desk) {
  TakenAddress taken{.flow = flow, .mail = std::nullopt};
  taken.flow.account = about;
  taken.flow.address.reset();
  taken.flow.link_digest.reset();
  taken.flow.code_mac.reset();
  if (owner == nullptr || owner->status == AccountStatus::suspended) return taken;
  // Whoever registered an address without proving it chose the name: its owner is not greeted by that.
  taken.mail = desk.compose(mail::MailKind::address_taken, owner->id, owner->locale,
                            {.to = owner->email,
                             .name = owner->is_email_verified ? owner->display_name : std::nullopt,
                             .at = flow.created_at},
                            flow.created_at);
  return taken;
}

}  // namespace sallyport::accounts
