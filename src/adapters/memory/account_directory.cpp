#include <algorithm>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using accounts::Account;
using core::Fault;
using core::Result;
using core::Task;

namespace {

bool contains(std::string_view text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return !std::ranges::search(text, part, {}, lower, lower).empty() || part.empty();
}

template <class Value>
bool includes(const std::vector<Value>& wanted, const Value& value) {
  return std::ranges::find(wanted, value) != wanted.end();
}

bool matches(const StoredAccount& stored, const accounts::AccountFilter& filter) {
  const auto& account = stored.account;
  return (!filter.after || account.id > *filter.after) &&
         (filter.statuses.empty() ? account.status != accounts::AccountStatus::deleted
                                  : includes(filter.statuses, account.status)) &&
         (filter.roles.empty() || includes(filter.roles, account.role)) &&
         (filter.ids.empty() || includes(filter.ids, account.id)) &&
         ((filter.text_in == accounts::TextIn::address_and_name && contains(stored.key.str(), filter.text)) ||
          filter.text.empty() || (account.display_name && contains(*account.display_name, filter.text)));
}

Result<Account> find_by_id(const MemoryState& state, core::AccountId id) {
  const auto found = state.accounts.find(id);
  if (found == state.accounts.end()) return core::fail(Fault::not_found, "account_not_found");
  return found->second.account;
}

}  // namespace

Task<Result<Account>> MemoryAccountDirectory::find(core::AccountId id) {
  return store_.run<Account>([id](MemoryState& state) { return find_by_id(state, id); });
}

Task<Result<Account>> MemoryAccountDirectory::find(accounts::EmailKey key) {
  return store_.run<Account>([key = std::move(key)](MemoryState& state) -> Result<Account> {
    const auto id = state.accounts_by_email.find(key);
    if (id == state.accounts_by_email.end()) return core::fail(Fault::not_found, "account_not_found");
    return find_by_id(state, id->second);
  });
}

Task<Result<accounts::AccountPage>> MemoryAccountDirectory::list(accounts::AccountFilter filter) {
  using Page = accounts::AccountPage;
  return store_.run<Page>([filter = std::move(filter)](MemoryState& state) -> Result<Page> {
    std::map<core::AccountId, Account> found;
    for (const auto& [id, stored] : state.accounts) {
      if (matches(stored, filter)) found.emplace(id, stored.account);
    }
    for (const auto& [id, deleted] : state.deleted_accounts) {
      if (matches(deleted.stored, filter)) found.emplace(id, deleted.stored.account);
    }
    Page page;
    for (auto& [id, account] : found) {
      page.accounts.push_back(std::move(account));
      if (std::ssize(page.accounts) == filter.most) {
        page.next = id;
        break;
      }
    }
    return page;
  });
}

Task<Result<std::vector<accounts::ListedSession>>> MemoryAccountDirectory::sessions_of(core::AccountId account,
                                                                                       core::Timestamp now) {
  using Found = std::vector<accounts::ListedSession>;
  return store_.run<Found>([account, now](MemoryState& state) -> Result<Found> {
    Found found;
    for (const auto& id : state.sessions_of(account)) {
      const auto* stored = state.live_session(id, now);
      if (stored == nullptr) continue;
      found.push_back({.session = stored->session,
                       .device_name = stored->device_name,
                       .device_type = stored->device_type,
                       .client_version = stored->client_version,
                       .ip = stored->ip,
                       .country = stored->country,
                       .metadata = stored->metadata,
                       .activity_count = stored->activity_count});
    }
    return found;
  });
}

}  // namespace sallyport::memory
