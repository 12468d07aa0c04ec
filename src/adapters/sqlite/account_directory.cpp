#include <algorithm>

#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using accounts::Account;
using core::Fault;
using core::Result;
using core::Task;

namespace {

Result<Account> find_by_id(Queries& queries, const core::Uuid& id) {
  auto row = queries.find_account(id);
  if (!row) return core::fail(Fault::not_found, "account_not_found");
  return to_account(std::move(*row));
}

std::string ascii_lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return text;
}

}  // namespace

Task<Result<Account>> SqliteAccountDirectory::find(core::AccountId id) {
  co_return co_await readers_.submit<Account>([id](Queries& queries) { return find_by_id(queries, id.uuid()); });
}

Task<Result<Account>> SqliteAccountDirectory::find(accounts::EmailKey key) {
  co_return co_await readers_.submit<Account>([key = std::move(key)](Queries& queries) -> Result<Account> {
    const auto id = queries.find_account_id(key.str());
    if (!id) return core::fail(Fault::not_found, "account_not_found");
    return find_by_id(queries, *id);
  });
}

Task<Result<std::vector<Account>>> SqliteAccountDirectory::list(accounts::AccountFilter filter) {
  using Page = std::vector<Account>;
  co_return co_await readers_.submit<Page>([filter = std::move(filter)](Queries& queries) -> Result<Page> {
    const auto text = ascii_lower(filter.text);
    Page page;
    for (auto& row : queries.list_accounts(
             {.after = filter.after ? std::optional(filter.after->uuid()) : std::nullopt,
              .status = filter.status ? std::optional(static_cast<std::int64_t>(*filter.status)) : std::nullopt,
              .text = text,
              .most = filter.most})) {
      page.push_back(to_account(std::move(row)));
    }
    return page;
  });
}

Task<Result<std::vector<accounts::ListedSession>>> SqliteAccountDirectory::sessions_of(core::AccountId account,
                                                                                       core::Timestamp now) {
  using Found = std::vector<accounts::ListedSession>;
  co_return co_await readers_.submit<Found>([account, now](Queries& queries) -> Result<Found> {
    Found found;
    for (auto& row : queries.list_account_sessions(account.uuid(), now)) {
      found.push_back({.session = {.id = core::SessionId(row.id),
                                   .account = account,
                                   .credential_version = row.credential_version,
                                   .device_id = std::move(row.device_id),
                                   .created_at = row.created_at,
                                   .auth_time = row.auth_time,
                                   .last_seen_at = row.last_seen_at,
                                   .expires_at = row.expires_at,
                                   .absolute_expires_at = row.absolute_expires_at},
                       .device_name = std::move(row.device_name),
                       .device_type = std::move(row.device_type),
                       .client_version = std::move(row.client_version),
                       .ip = std::move(row.ip),
                       .country = std::move(row.country)});
    }
    return found;
  });
}

}  // namespace sallyport::sqlite
