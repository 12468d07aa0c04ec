#include <algorithm>

#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Fault;
using core::Result;
using core::Task;
using mail::MailState;
using mail::StoredMail;

namespace {

/// As list_mails has them.
constexpr std::int64_t to_number(MailState state) {
  switch (state) {
    case MailState::waiting:
      return 1;
    case MailState::delivered:
      return 2;
    case MailState::failed:
      return 3;
  }
  std::unreachable();
}

template <class Row>
StoredMail to_mail(Row row) {
  return {.id = mail::MailId(row.id),
          .kind = std::move(row.kind),
          .account = row.account_id ? std::optional(core::AccountId(*row.account_id)) : std::nullopt,
          .locale = std::move(row.locale),
          .payload = std::move(row.payload).value_or(core::Bytes{}),
          .state = MailState::waiting,
          .created_at = row.created_at,
          .due_at = row.due_at,
          .settled_at = {},
          .attempts = row.attempts,
          .last_error = std::move(row.last_error)};
}

template <class Row>
StoredMail to_settled_mail(Row row) {
  const auto delivered_at = row.delivered_at, failed_at = row.failed_at;
  auto found = to_mail(std::move(row));
  if (delivered_at) found.state = MailState::delivered;
  else if (failed_at) found.state = MailState::failed;
  found.settled_at = delivered_at ? delivered_at : failed_at;
  return found;
}

}  // namespace

Task<Result<std::vector<mail::LeasedMail>>> SqliteOutbox::lease(core::Timestamp now, core::Timestamp until, int most) {
  using Leased = std::vector<mail::LeasedMail>;
  co_return co_await writer_.submit<Leased>([now, until, most](WriteTransaction& transaction) -> Result<Leased> {
    Leased leased;
    for (auto& row : transaction.queries().lease_mails(until, now, most)) {
      const auto fence = row.fence;
      leased.push_back({to_mail(std::move(row)), fence});
    }
    std::ranges::sort(leased, {}, [](const auto& one) { return std::pair(one.mail.due_at, one.mail.id); });
    return leased;
  });
}

Task<Result<void>> SqliteOutbox::settle(mail::MailId id, std::int64_t fence, mail::Settlement settlement,
                                        core::Timestamp now) {
  co_return co_await writer_.submit<void>(
      [id, fence, settlement = std::move(settlement), now](WriteTransaction& transaction) -> Result<void> {
        SettleMailParams change{.due_at = std::nullopt,
                                .delivered_at = std::nullopt,
                                .failed_at = std::nullopt,
                                .last_error = std::nullopt,
                                .id = id.uuid(),
                                .fence = fence};
        if (const auto* postponed = std::get_if<mail::Postponed>(&settlement)) {
          change.due_at = postponed->due_at;
          change.last_error = postponed->error;
        } else if (const auto* given_up = std::get_if<mail::GivenUp>(&settlement)) {
          change.failed_at = now;
          change.last_error = given_up->error;
        } else {
          change.delivered_at = now;
        }
        if (transaction.queries().settle_mail(change) == 0) return core::fail(Fault::conflict, "lease_lost");
        return {};
      });
}

Task<Result<std::optional<core::Timestamp>>> SqliteOutbox::next_due() {
  using Due = std::optional<core::Timestamp>;
  co_return co_await readers_.submit<Due>([](Queries& queries) -> Result<Due> { return queries.next_due_mail(); });
}

Task<Result<std::vector<StoredMail>>> SqliteOutbox::list(mail::MailFilter filter) {
  using Found = std::vector<StoredMail>;
  co_return co_await readers_.submit<Found>([filter](Queries& queries) -> Result<Found> {
    Found found;
    const auto before = filter.before ? std::optional(filter.before->uuid()) : std::nullopt;
    const auto state = filter.state ? std::optional(to_number(*filter.state)) : std::nullopt;
    for (auto& row : queries.list_mails(before, state, filter.most)) {
      found.push_back(to_settled_mail(std::move(row)));
    }
    return found;
  });
}

Task<Result<StoredMail>> SqliteOutbox::find(mail::MailId id) {
  co_return co_await readers_.submit<StoredMail>([id](Queries& queries) -> Result<StoredMail> {
    auto row = queries.find_mail(id.uuid());
    if (!row) return core::fail(Fault::not_found, "mail_not_found");
    return to_settled_mail(std::move(*row));
  });
}

Task<Result<StoredMail>> SqliteOutbox::read(mail::MailId id, core::Timestamp now, audit::Origin origin) {
  co_return co_await writer_.submit<StoredMail>(
      [id, now, origin = std::move(origin)](WriteTransaction& transaction) -> Result<StoredMail> {
        auto row = transaction.queries().find_mail(id.uuid());
        if (!row) return core::fail(Fault::not_found, "mail_not_found");
        auto mail = to_settled_mail(std::move(*row));
        transaction.append_audit({audit::Event::mail_read, now, mail.account, std::nullopt, origin});
        return mail;
      });
}

Task<Result<mail::OutboxSummary>> SqliteOutbox::summary() {
  using Summary = mail::OutboxSummary;
  co_return co_await readers_.submit<Summary>([](Queries& queries) -> Result<Summary> {
    const auto row = queries.summarise_mails();
    return Summary{.waiting = row.waiting, .failed = row.failed, .oldest_waiting = row.oldest_waiting};
  });
}

Task<Result<std::int64_t>> SqliteOutbox::retry_failed(core::Timestamp now) {
  co_return co_await writer_.submit<std::int64_t>([now](WriteTransaction& transaction) -> Result<std::int64_t> {
    return transaction.queries().retry_failed_mails(now);
  });
}

Task<Result<void>> SqliteOutbox::retry(mail::MailId id, core::Timestamp now) {
  co_return co_await writer_.submit<void>([id, now](WriteTransaction& transaction) -> Result<void> {
    if (transaction.queries().retry_mail(now, id.uuid()) != 0) return {};
    if (transaction.queries().find_mail(id.uuid())) return core::fail(Fault::conflict, "mail_delivered");
    return core::fail(Fault::not_found, "mail_not_found");
  });
}

Task<Result<std::int64_t>> SqliteOutbox::tidy(core::Timestamp settled_before, core::Timestamp waiting_since_before,
                                              int most) {
  co_return co_await writer_.submit<std::int64_t>(
      [settled_before, waiting_since_before, most](WriteTransaction& transaction) -> Result<std::int64_t> {
        const auto newest = std::max(settled_before, waiting_since_before) + std::chrono::milliseconds{1};
        return transaction.queries().remove_settled_mails({.made_before = core::Uuid::first_v7(newest),
                                                           .settled_before = settled_before,
                                                           .waiting_since_before = waiting_since_before,
                                                           .most = most});
      });
}

}  // namespace sallyport::sqlite
