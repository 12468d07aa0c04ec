#include <algorithm>
#include <set>

#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using accounts::Account;
using accounts::AccountPage;
using accounts::AccountStatus;
using accounts::Role;
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

constexpr std::int64_t most_looked_at = 5'000;  ///< a few milliseconds' work, where few accounts are wanted

template <class Value>
std::int64_t bits_of(const std::vector<Value>& wanted, std::initializer_list<Value> usual) {
  std::int64_t bits = 0;
  const auto add = [&](const auto& values) {
    for (const auto value : values) bits |= std::int64_t{1} << static_cast<int>(value);
  };
  if (wanted.empty()) add(usual);
  else add(wanted);
  return bits;
}

/// What of a filter is looked at in each row.
struct Wanted {
  explicit Wanted(const accounts::AccountFilter& filter)
      : statuses(bits_of(filter.statuses, {AccountStatus::pending, AccountStatus::active, AccountStatus::suspended})),
        roles(bits_of(filter.roles, {Role::admin, Role::user, Role::guest})),
        text(ascii_lower(filter.text)),
        in_address(filter.text_in == accounts::TextIn::address_and_name ? 1 : 0) {}
  std::int64_t statuses, roles;
  std::string text;
  std::int64_t in_address;
};

AccountPage list_by_ids(Queries& queries, const accounts::AccountFilter& filter) {
  const Wanted wanted(filter);
  const std::set<core::AccountId> ids(filter.ids.begin(), filter.ids.end());
  AccountPage page;
  for (auto id = filter.after ? ids.upper_bound(*filter.after) : ids.begin(); id != ids.end(); ++id) {
    auto row = queries.list_account({.id = id->uuid(),
                                     .statuses = wanted.statuses,
                                     .roles = wanted.roles,
                                     .text = wanted.text,
                                     .in_address = wanted.in_address});
    if (!row) continue;
    page.accounts.push_back(to_account(std::move(*row)));
    if (std::ssize(page.accounts) == filter.most) {
      page.next = *id;
      break;
    }
  }
  return page;
}

AccountPage list_all(Queries& queries, const accounts::AccountFilter& filter) {
  const Wanted wanted(filter);
  const auto after = filter.after ? std::optional(filter.after->uuid()) : std::nullopt;
  const bool wants_nearly_all = filter.statuses.empty() && filter.roles.empty() && wanted.text.empty();
  const auto until = wants_nearly_all ? std::nullopt : queries.find_account_behind(after, most_looked_at - 1);
  AccountPage page;
  for (auto& row : queries.list_accounts({.after = after,
                                          .until = until,
                                          .statuses = wanted.statuses,
                                          .roles = wanted.roles,
                                          .text = wanted.text,
                                          .in_address = wanted.in_address,
                                          .most = filter.most})) {
    page.accounts.push_back(to_account(std::move(row)));
  }
  if (std::ssize(page.accounts) == filter.most) page.next = page.accounts.back().id;
  else if (until) page.next = core::AccountId(*until);
  return page;
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

Task<Result<accounts::AccountPage>> SqliteAccountDirectory::list(accounts::AccountFilter filter) {
  co_return co_await readers_.submit<AccountPage>(
      [filter = std::move(filter)](Queries& queries) -> Result<AccountPage> {
        return filter.ids.empty() ? list_all(queries, filter) : list_by_ids(queries, filter);
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
                       .country = std::move(row.country),
                       .metadata = metadata_of(row.device_metadata),
                       .activity_count = row.activity_count});
    }
    return found;
  });
}

}  // namespace sallyport::sqlite
