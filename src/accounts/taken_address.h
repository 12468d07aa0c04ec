#pragma once

#include "accounts/account.h"
#include "accounts/account_store.h"
#include "mail/mail_desk.h"

namespace sallyport::accounts {

/// Of a flow that turns out to be for somebody else's address: the same flow, but one that nothing proves, and a mail
/// to `owner`, who is null where there is none. `about` is whose flow it is then.
TakenAddress taken_address(const flows::NewFlow& flow, std::optional<core::AccountId> about, const Account* owner,
                           const mail::MailDesk& desk);

}  // namespace sallyport::accounts
