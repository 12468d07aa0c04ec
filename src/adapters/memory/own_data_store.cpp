#include <algorithm>
#include <tuple>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Result;
using core::Task;

Task<Result<accounts::OwnAccount>> MemoryOwnDataStore::account(core::AccountId id) {
  using accounts::OwnAccount;
  return store_.run<OwnAccount>([id](MemoryState& state) -> Result<OwnAccount> {
    const auto found = state.accounts.find(id);
    if (found == state.accounts.end()) return core::fail(core::Fault::not_found, "account_not_found");
    return OwnAccount{.account = found->second.account, .password_stored_at = found->second.verifier_stored_at};
  });
}

Task<Result<std::vector<accounts::OwnSession>>> MemoryOwnDataStore::sessions(core::AccountId id,
                                                                             std::optional<core::SessionId> after,
                                                                             int most) {
  using Page = std::vector<accounts::OwnSession>;
  return store_.run<Page>([id, after, most](MemoryState& state) -> Result<Page> {
    Page page;
    for (const auto& [session_id, stored] : state.sessions) {
      const auto& session = stored.session;
      if (session.account != id || (after && session_id <= *after) || std::ssize(page) == most) continue;
      page.push_back({.id = session_id,
                      .device_id = session.device_id,
                      .device_name = stored.device_name,
                      .device_type = stored.device_type,
                      .client_version = stored.client_version,
                      .metadata = "{}",
                      .installation = std::nullopt,
                      .ip = stored.ip,
                      .country = stored.country,
                      .created_at = session.created_at,
                      .auth_time = session.auth_time,
                      .last_seen_at = session.last_seen_at,
                      .expires_at = session.expires_at,
                      .ended_at = std::nullopt});
    }
    return page;
  });
}

Task<Result<std::vector<accounts::OwnEvent>>> MemoryOwnDataStore::events(core::AccountId id,
                                                                         std::optional<accounts::OwnEventPlace> after,
                                                                         int most) {
  using Page = std::vector<accounts::OwnEvent>;
  return store_.run<Page>([id, after = std::move(after), most](MemoryState& state) -> Result<Page> {
    const auto order = [](const accounts::OwnEventPlace& place) {
      return std::tie(place.at, place.stream, place.sequence);
    };
    Page page;
    for (const auto& row : state.audit_rows) {
      accounts::OwnEventPlace place{.at = row.at, .stream = row.stream, .sequence = row.sequence};
      if (row.account != id || (after && order(place) <= order(*after))) continue;
      const auto& person = state.audit_chain.at({row.stream, row.sequence}).person;
      page.push_back({.place = std::move(place),
                      .event = row.event,
                      .session = row.session,
                      .person = person ? std::optional(person->text) : std::nullopt});
    }
    std::ranges::sort(page, {}, [&](const accounts::OwnEvent& event) { return order(event.place); });
    if (std::ssize(page) > most) page.erase(page.begin() + most, page.end());
    return page;
  });
}

Task<Result<std::vector<accounts::OwnMail>>> MemoryOwnDataStore::mails(core::AccountId id,
                                                                       std::optional<mail::MailId> after, int most) {
  using Page = std::vector<accounts::OwnMail>;
  return store_.run<Page>([id, after, most](MemoryState& state) -> Result<Page> {
    Page page;
    for (const auto& [mail_id, held] : state.mails) {
      const auto& mail = held.mail;
      if (mail.account != id || (after && mail_id <= *after) || std::ssize(page) == most) continue;
      const auto settled = [&](mail::MailState state_of) {
        return mail.state == state_of ? mail.settled_at : std::nullopt;
      };
      page.push_back({.id = mail_id,
                      .kind = mail.kind,
                      .locale = mail.locale,
                      .created_at = mail.created_at,
                      .attempts = mail.attempts,
                      .delivered_at = settled(mail::MailState::delivered),
                      .failed_at = settled(mail::MailState::failed)});
    }
    return page;
  });
}

Task<Result<std::vector<accounts::OwnFlow>>> MemoryOwnDataStore::flows(core::AccountId id,
                                                                       std::optional<flows::FlowId> after, int most) {
  using Page = std::vector<accounts::OwnFlow>;
  return store_.run<Page>([id, after, most](MemoryState& state) -> Result<Page> {
    Page page;
    for (const auto& [flow_id, stored] : state.flow_rows) {
      const auto& flow = stored.flow;
      if (flow.account != id || (after && flow_id <= *after) || std::ssize(page) == most) continue;
      page.push_back({.id = flow_id,
                      .kind = flow.kind,
                      .address = flow.address ? std::optional(flow.address->text) : std::nullopt,
                      .wrong_codes = stored.wrong_codes,
                      .created_at = flow.created_at,
                      .expires_at = flow.expires_at});
    }
    return page;
  });
}

}  // namespace sallyport::memory
