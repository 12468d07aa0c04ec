#include <algorithm>

#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Result;
using core::Task;

namespace {

using Entries = std::vector<audit::StoredEntry>;

template <class Row>
audit::StoredEntry to_entry(Row row) {
  return {.event = std::move(row.event),
          .at = row.at,
          .account = row.account_id ? std::optional(core::AccountId(*row.account_id)) : std::nullopt,
          .session = row.session_id ? std::optional(core::SessionId(*row.session_id)) : std::nullopt,
          .ip = std::move(row.ip),
          .actor = row.actor ? core::AccountId::parse(*row.actor) : std::nullopt,
          .stream = std::move(row.stream),
          .sequence = row.sequence};
}

/// Newest streams first, until the rest can only hold older rows: there is no index by time alone, which every write
/// would pay for.
Entries newest_of_all(Queries& queries, std::size_t most) {
  std::vector<NextAuditStreamRow> streams;
  for (auto next = queries.next_audit_stream({}); next; next = queries.next_audit_stream(streams.back().stream)) {
    streams.push_back(std::move(*next));
  }
  std::ranges::sort(streams, std::ranges::greater{}, &NextAuditStreamRow::newest_at);
  const auto age = [](const audit::StoredEntry& entry) { return std::pair(entry.at, entry.sequence); };
  Entries found;
  for (const auto& stream : streams) {
    if (found.size() == most && found.back().at > stream.newest_at) break;
    for (auto& row : queries.recent_audit_events_of_stream(stream.stream, static_cast<std::int64_t>(most))) {
      found.push_back(to_entry(std::move(row)));
    }
    std::ranges::sort(found, std::ranges::greater{}, age);
    if (found.size() > most) found.erase(found.begin() + static_cast<std::ptrdiff_t>(most), found.end());
  }
  return found;
}

audit::FoundRow to_found(AuditRowsAfterRow row) {
  audit::FoundRow found{.place = {std::move(row.stream), row.sequence},
                        .at = row.at,
                        .event = std::move(row.event),
                        .account = row.account_id,
                        .session = row.session_id,
                        .person_commitment = row.person_commitment,
                        .previous = row.previous_hash,
                        .hash = row.hash,
                        .person = std::nullopt};
  if (row.salt && row.person) found.person.emplace(std::move(*row.salt), std::move(*row.person));
  return found;
}

}  // namespace

Task<Result<Entries>> SqliteAuditLog::recent(std::optional<core::AccountId> account, int most) {
  co_return co_await readers_.submit<Entries>([account, most](Queries& queries) -> Result<Entries> {
    if (!account) return newest_of_all(queries, static_cast<std::size_t>(most));
    Entries found;
    for (auto& row : queries.recent_audit_events(account->uuid(), most)) found.push_back(to_entry(std::move(row)));
    return found;
  });
}

Task<Result<std::vector<audit::FoundRow>>> SqliteAuditLog::rows_after(std::optional<audit::RowPlace> after, int most) {
  using Found = std::vector<audit::FoundRow>;
  co_return co_await readers_.submit<Found>([after = std::move(after), most](Queries& queries) -> Result<Found> {
    Found found;
    const auto stream = after ? core::ByteView(after->stream) : core::ByteView{};
    for (auto& row : queries.audit_rows_after(stream, after ? after->sequence : 0, most)) {
      found.push_back(to_found(std::move(row)));
    }
    return found;
  });
}

Task<Result<std::vector<audit::RowPlace>>> SqliteAuditLog::bereft_persons() {
  using Found = std::vector<audit::RowPlace>;
  co_return co_await readers_.submit<Found>([](Queries& queries) -> Result<Found> {
    Found found;
    for (auto& row : queries.bereft_audit_persons()) found.push_back({std::move(row.stream), row.sequence});
    return found;
  });
}

}  // namespace sallyport::sqlite
