#include "adapters/sqlite/flow_mails.h"

#include "adapters/sqlite/flow_rows.h"
#include "flows/mail_limits.h"

namespace sallyport::sqlite {

bool may_get_mail(Queries& queries, const flows::NewFlow& flow) {
  if (!flow.account) return false;
  const auto since = [&](std::chrono::hours time) {
    return queries.count_flows_after(flow.account->uuid(), static_cast<std::int64_t>(flow.kind),
                                     flow.created_at - time);
  };
  return since(std::chrono::hours{1}) < flows::most_mails_an_hour &&
         since(std::chrono::hours{24}) < flows::most_mails_a_day;
}

void tell_owner(WriteTransaction& transaction, const accounts::TakenAddress& taken, core::AccountId owner) {
  auto& queries = transaction.queries();
  const bool is_told = taken.mail && taken.mail->account == owner && may_get_mail(queries, taken.flow);
  insert_flow(queries, taken.flow);
  if (is_told) transaction.insert_mail(*taken.mail);
}

}  // namespace sallyport::sqlite
