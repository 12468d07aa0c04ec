#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Result;
using core::Task;

namespace {

/// From any row that has all columns of a checkpoint.
template <class Row>
std::optional<audit::StoredCheckpoint> to_checkpoint(std::optional<Row> row) {
  if (!row) return std::nullopt;
  return audit::StoredCheckpoint{.number = row->id,
                                 .at = row->at,
                                 .document = {std::move(row->text), std::move(row->key_id), std::move(row->signature)}};
}

std::optional<audit::StoredRemoval> read_removal(Queries& queries) {
  auto row = queries.find_audit_removal();
  if (!row) return std::nullopt;
  return audit::StoredRemoval{.checkpoint = row->checkpoint,
                              .at = row->at,
                              .document = {std::move(row->text), std::move(row->key_id), std::move(row->signature)}};
}

std::vector<audit::StreamHead> read_heads(Queries& queries) {
  std::vector<audit::StreamHead> heads;
  for (auto next = queries.next_audit_head({}); next; next = queries.next_audit_head(heads.back().stream)) {
    heads.push_back({std::move(next->stream), next->sequence, next->hash});
  }
  return heads;
}

}  // namespace

Task<Result<audit::MadeCheckpoint>> SqliteAuditLog::make_checkpoint(const audit::CheckpointMaker& maker,
                                                                    core::Timestamp now, audit::MakeCheckpoint when) {
  using Made = audit::MadeCheckpoint;
  co_return co_await writer_.submit<Made>([&maker, now, when](WriteTransaction& transaction) -> Result<Made> {
    auto& queries = transaction.queries();
    audit::CheckpointMaker::Found found{.heads = read_heads(queries),
                                        .newest = to_checkpoint(queries.newest_audit_checkpoint()),
                                        .removal = read_removal(queries),
                                        .removed_with = std::nullopt};
    if (found.removal) found.removed_with = to_checkpoint(queries.find_audit_checkpoint(found.removal->checkpoint));
    auto made = maker.make(std::move(found), now, when);
    if (made.is_new) {
      const auto& [number, at, document] = made.checkpoint;
      queries.insert_audit_checkpoint(
          {.id = number, .at = at, .text = document.text, .key_id = document.key_id, .signature = document.signature});
      queries.thin_audit_checkpoints(number - audit::recent_checkpoints);
    }
    return made;
  });
}

Task<Result<std::vector<audit::StoredCheckpoint>>> SqliteAuditLog::checkpoints_after(std::int64_t after, int most) {
  using Found = std::vector<audit::StoredCheckpoint>;
  co_return co_await readers_.submit<Found>([after, most](Queries& queries) -> Result<Found> {
    Found found;
    for (auto& row : queries.audit_checkpoints_after(after, most)) {
      found.push_back(*to_checkpoint(std::optional(std::move(row))));
    }
    return found;
  });
}

Task<Result<std::optional<audit::StoredCheckpoint>>> SqliteAuditLog::checkpoint_until(core::Timestamp at) {
  using Found = std::optional<audit::StoredCheckpoint>;
  co_return co_await readers_.submit<Found>(
      [at](Queries& queries) -> Result<Found> { return to_checkpoint(queries.audit_checkpoint_until(at)); });
}

Task<Result<std::optional<audit::StoredRemoval>>> SqliteAuditLog::removal() {
  using Found = std::optional<audit::StoredRemoval>;
  co_return co_await readers_.submit<Found>([](Queries& queries) -> Result<Found> { return read_removal(queries); });
}

Task<Result<void>> SqliteAuditLog::record_removal(audit::StoredRemoval removal) {
  co_return co_await writer_.submit<void>(
      [removal = std::move(removal)](WriteTransaction& transaction) -> Result<void> {
        auto& queries = transaction.queries();
        const auto before = queries.find_audit_removal();
        const bool is_outdated = before && before->checkpoint > removal.checkpoint;
        if (is_outdated || !queries.find_audit_checkpoint(removal.checkpoint))
          return core::fail(core::Fault::conflict, "audit_removal_outdated");
        queries.drop_audit_removals();
        queries.insert_audit_removal({.checkpoint = removal.checkpoint,
                                      .at = removal.at,
                                      .text = removal.document.text,
                                      .key_id = removal.document.key_id,
                                      .signature = removal.document.signature});
        return {};
      });
}

Task<Result<std::int64_t>> SqliteAuditLog::remove_rows(std::vector<audit::StreamHead> through, int most) {
  co_return co_await writer_.submit<std::int64_t>([through = std::move(through),
                                                   most](WriteTransaction& transaction) -> Result<std::int64_t> {
    auto& queries = transaction.queries();
    std::int64_t removed = 0;
    for (const auto& head : through) {
      // More than once where rows are missing.
      for (auto oldest = queries.oldest_audit_sequence(head.stream);
           oldest && *oldest <= head.sequence && removed < most; oldest = queries.oldest_audit_sequence(head.stream)) {
        const auto last = std::min(head.sequence, *oldest + most - removed - 1);
        queries.drop_audit_persons_until(head.stream, last);
        removed += queries.drop_audit_events_until(head.stream, last);
      }
    }
    return removed;
  });
}

Task<Result<std::int64_t>> SqliteAuditLog::erase_persons(core::AccountId account, int most) {
  co_return co_await writer_.submit<std::int64_t>(
      [account, most](WriteTransaction& transaction) -> Result<std::int64_t> {
        return transaction.queries().erase_audit_persons(account.uuid(), most);
      });
}

}  // namespace sallyport::sqlite
