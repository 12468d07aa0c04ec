#pragma once

#include "accounts/account_store.h"
#include "adapters/sqlite/writer.h"
#include "queries.h"

namespace sallyport::sqlite {

/// Whether the account of `flow` may get one more mail of its kind (flows/mail_limits.h).
bool may_get_mail(Queries& queries, const flows::NewFlow& flow);

/// Writes the flow that proves nothing, and the mail to `owner` if it is theirs and they may get one more.
void tell_owner(WriteTransaction& transaction, const accounts::TakenAddress& taken, core::AccountId owner);

}  // namespace sallyport::sqlite
