#include <algorithm>
#include <numeric>

#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using accounts::Account;
using core::Fault;
using core::Result;
using core::Task;

Task<Result<Account>> SqliteAccountStore::delete_account(accounts::AccountDeletion deletion) {
  auto shared = std::make_shared<const accounts::AccountDeletion>(std::move(deletion));
  co_return co_await writer_.submit<Account>([shared](WriteTransaction& transaction) -> Result<Account> {
    const auto& asked = *shared;
    if (asked.session) {
      const auto by = live_session(transaction.queries(), *asked.session, asked.now);
      if (!by || by->account.id != asked.account) return core::fail(Fault::unauthenticated, "session_expired");
    }
    auto deleted = change_status(
        transaction, {asked.account, asked.session, accounts::AccountStatus::deleted, asked.now}, asked.origin);
    if (!deleted) return deleted;
    transaction.queries().cancel_upload(asked.now, asked.account.uuid());
    if (asked.mail) transaction.insert_mail(*asked.mail);
    return deleted;
  });
}

Task<Result<bool>> SqliteAccountStore::has_erasable(core::Timestamp before) {
  co_return co_await readers_.submit<bool>(
      [before](Queries& queries) -> Result<bool> { return queries.find_erasable(before).has_value(); });
}

Task<Result<std::int64_t>> SqliteAccountStore::erase_deleted(core::Timestamp before, int most) {
  co_return co_await writer_.submit<std::int64_t>(
      [before, most](WriteTransaction& transaction) -> Result<std::int64_t> {
        auto& queries = transaction.queries();
        const auto found = queries.find_erasable(before);
        if (!found) return 0;
        const auto erased = {queries.erase_audit_persons(found->id, most), queries.erase_sessions(found->id, most),
                             queries.erase_mails(found->id, most), queries.erase_flows(found->id, most)};
        const auto rows = std::accumulate(erased.begin(), erased.end(), std::int64_t{0});
        if (std::ranges::max(erased) == most) return rows;  // there may be more: the account goes last
        queries.cancel_upload(before, found->id);
        const auto avatar = avatars::PictureObject::parse_avatar(found->avatar.value_or(""));
        if (avatar) queries.note_picture(avatar->path(), before);
        return rows + queries.erase_credentials(found->id) + queries.erase_account(found->id);
      });
}

}  // namespace sallyport::sqlite
