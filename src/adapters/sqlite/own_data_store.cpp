#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Fault;
using core::Result;
using core::Task;

Task<Result<accounts::OwnAccount>> SqliteOwnDataStore::account(core::AccountId id) {
  using accounts::OwnAccount;
  co_return co_await readers_.submit<OwnAccount>([id](Queries& queries) -> Result<OwnAccount> {
    auto row = queries.find_account(id.uuid());
    if (!row) return core::fail(Fault::not_found, "account_not_found");
    OwnAccount own{.account = to_account(*row),
                   .email_verified_at = row->email_verified_at,
                   .phone_verified_at = row->phone_verified_at,
                   .password_stored_at = queries.password_stored_at(id.uuid())};
    return own;
  });
}

Task<Result<std::vector<accounts::OwnSession>>> SqliteOwnDataStore::sessions(core::AccountId id,
                                                                             std::optional<core::SessionId> after,
                                                                             int most) {
  using Page = std::vector<accounts::OwnSession>;
  co_return co_await readers_.submit<Page>([id, after, most](Queries& queries) -> Result<Page> {
    Page page;
    for (auto& row : queries.own_sessions(id.uuid(), after ? std::optional(after->uuid()) : std::nullopt, most)) {
      page.push_back({.id = core::SessionId(row.id),
                      .device_id = std::move(row.device_id),
                      .device_name = std::move(row.device_name),
                      .device_type = std::move(row.device_type),
                      .client_version = std::move(row.client_version),
                      .metadata = std::move(row.device_metadata),
                      .installation = row.installation_id,
                      .ip = std::move(row.ip),
                      .country = std::move(row.country),
                      .created_at = row.created_at,
                      .auth_time = row.auth_time,
                      .last_seen_at = row.last_seen_at,
                      .expires_at = row.expires_at,
                      .activity_count = row.activity_count,
                      .ended_at = row.ended_at});
    }
    return page;
  });
}

Task<Result<std::vector<accounts::OwnEvent>>> SqliteOwnDataStore::events(core::AccountId id,
                                                                         std::optional<accounts::OwnEventPlace> after,
                                                                         int most) {
  using Page = std::vector<accounts::OwnEvent>;
  co_return co_await readers_.submit<Page>([id, after = std::move(after), most](Queries& queries) -> Result<Page> {
    const auto from = after.value_or(accounts::OwnEventPlace{.at = core::Timestamp::min(), .stream = {}});
    Page page;
    for (auto& row : queries.own_events({.account_id = id.uuid(),
                                         .at = from.at,
                                         .stream = from.stream,
                                         .sequence = from.sequence,
                                         .most = most})) {
      page.push_back({.place = {.at = row.at, .stream = std::move(row.stream), .sequence = row.sequence},
                      .event = std::move(row.event),
                      .session = row.session_id ? std::optional(core::SessionId(*row.session_id)) : std::nullopt,
                      .person = std::move(row.person)});
    }
    return page;
  });
}

Task<Result<std::vector<accounts::OwnMail>>> SqliteOwnDataStore::mails(core::AccountId id,
                                                                       std::optional<mail::MailId> after, int most) {
  using Page = std::vector<accounts::OwnMail>;
  co_return co_await readers_.submit<Page>([id, after, most](Queries& queries) -> Result<Page> {
    Page page;
    for (auto& row : queries.own_mails(id.uuid(), after ? std::optional(after->uuid()) : std::nullopt, most)) {
      page.push_back({.id = mail::MailId(row.id),
                      .kind = std::move(row.kind),
                      .locale = std::move(row.locale),
                      .created_at = row.created_at,
                      .attempts = row.attempts,
                      .delivered_at = row.delivered_at,
                      .failed_at = row.failed_at});
    }
    return page;
  });
}

Task<Result<std::vector<accounts::OwnFlow>>> SqliteOwnDataStore::flows(core::AccountId id,
                                                                       std::optional<flows::FlowId> after, int most) {
  using Page = std::vector<accounts::OwnFlow>;
  co_return co_await readers_.submit<Page>([id, after, most](Queries& queries) -> Result<Page> {
    Page page;
    for (auto& row : queries.own_flows(id.uuid(), after ? std::optional(after->uuid()) : std::nullopt, most)) {
      page.push_back({.id = ::sallyport::flows::FlowId(row.id),
                      .kind = static_cast<::sallyport::flows::FlowKind>(row.kind),
                      .address = std::move(row.address),
                      .wrong_codes = row.wrong_codes,
                      .created_at = row.created_at,
                      .expires_at = row.expires_at});
    }
    return page;
  });
}

}  // namespace sallyport::sqlite
