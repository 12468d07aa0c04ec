#include "accounts/find_users.h"

#include <algorithm>
#include <iterator>

namespace sallyport::accounts {

using core::Result;
using core::Task;

Task<Result<AccountPage>> FindUsersHandler::page(AccountFilter filter) {
  const auto wanted = static_cast<std::size_t>(filter.most);
  AccountPage page;
  filter.most += 1;  // whether there is another page
  do {
    auto found = co_await directory_.list(filter);
    if (!found) co_return Result<AccountPage>(core::fail(std::move(found)));
    std::ranges::move(found->accounts, std::back_inserter(page.accounts));
    filter.after = found->next;
  } while (filter.after && page.accounts.size() <= wanted);
  if (page.accounts.size() <= wanted) co_return page;
  page.accounts.erase(page.accounts.begin() + static_cast<std::ptrdiff_t>(wanted), page.accounts.end());
  page.next = page.accounts.back().id;
  co_return page;
}

Task<Result<Account>> FindUsersHandler::one(core::AccountId id) {
  using enum AccountStatus;
  auto found = co_await directory_.list({.statuses = {pending, active, suspended, deleted}, .ids = {id}, .most = 1});
  if (!found) co_return Result<Account>(core::fail(std::move(found)));
  if (found->accounts.empty()) co_return Result<Account>(core::fail(core::Fault::not_found, "account_not_found"));
  co_return std::move(found->accounts.front());
}

}  // namespace sallyport::accounts
