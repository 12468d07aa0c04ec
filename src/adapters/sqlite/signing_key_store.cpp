#include <algorithm>
#include <memory>

#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Result;
using core::Task;
using keys::StoredKey;

namespace {

/// Whether the outgoing keys of a rotation are those of the store, as the store has them.
bool is_current(Queries& queries, const keys::Rotation& rotation) {
  const auto rows =
      queries.list_unended_signing_keys(to_text(rotation.successor.purpose), rotation.successor.times.active_from);
  return rows.size() == rotation.outgoing.size() && std::ranges::all_of(rows, [&](const auto& row) {
           const auto seen = std::ranges::find(rotation.outgoing, row.id, &keys::Rotation::Outgoing::id);
           return seen != rotation.outgoing.end() &&
                  seen->from == crypto::KeyTimes{row.active_from, row.active_until, row.published_until};
         });
}

audit::Entry entry_of(audit::Event event, core::Timestamp at, const audit::Origin& origin) {
  return {.event = event, .at = at, .account = std::nullopt, .session = std::nullopt, .origin = origin};
}

}  // namespace

std::vector<StoredKey> read_signing_keys(Queries& queries, crypto::SigningPurpose purpose) {
  std::vector<StoredKey> found;
  for (auto& row : queries.list_signing_keys(to_text(purpose))) {
    found.push_back({.id = std::move(row.id),
                     .purpose = purpose,
                     .algorithm = std::move(row.algorithm),
                     .public_bytes = std::move(row.public_key),
                     .sealed = std::move(row.sealed_private),
                     .times = {row.active_from, row.active_until, row.published_until},
                     .created_at = row.created_at});
  }
  return found;
}

std::int64_t insert_signing_key(Queries& queries, const StoredKey& key) {
  return queries.insert_signing_key({.id = key.id,
                                     .purpose = to_text(key.purpose),
                                     .algorithm = key.algorithm,
                                     .public_key = key.public_bytes,
                                     .sealed_private = key.sealed,
                                     .created_at = key.created_at,
                                     .active_from = key.times.active_from,
                                     .active_until = key.times.active_until,
                                     .published_until = key.times.published_until});
}

Task<Result<std::vector<StoredKey>>> SqliteSigningKeyStore::keys_of(crypto::SigningPurpose purpose) {
  using Found = std::vector<StoredKey>;
  co_return co_await readers_.submit<Found>(
      [purpose](Queries& queries) -> Result<Found> { return read_signing_keys(queries, purpose); });
}

Task<Result<void>> SqliteSigningKeyStore::rotate(keys::Rotation rotation) {
  auto shared = std::make_shared<const keys::Rotation>(std::move(rotation));
  co_return co_await writer_.submit<void>([shared](WriteTransaction& transaction) -> Result<void> {
    auto& queries = transaction.queries();
    if (!is_current(queries, *shared) || insert_signing_key(queries, shared->successor) == 0)
      return core::fail(core::Fault::conflict, "signing_key_superseded");
    for (const auto& [id, from, to] : shared->outgoing)
      queries.end_signing_key(to.active_until, to.published_until, id);
    transaction.append_audit(entry_of(audit::Event::signing_key_rotated, shared->now, shared->origin));
    return {};
  });
}

Task<Result<std::int64_t>> SqliteSigningKeyStore::import_keys(keys::KeyImport import) {
  auto shared = std::make_shared<const keys::KeyImport>(std::move(import));
  co_return co_await writer_.submit<std::int64_t>([shared](WriteTransaction& transaction) -> Result<std::int64_t> {
    std::int64_t added = 0;
    for (const auto& key : shared->keys) added += insert_signing_key(transaction.queries(), key);
    transaction.append_audit(entry_of(audit::Event::keys_imported, shared->now, shared->origin));
    return added;
  });
}

Task<Result<void>> SqliteSigningKeyStore::reseal(keys::Resealing resealing) {
  auto shared = std::make_shared<const keys::Resealing>(std::move(resealing));
  co_return co_await writer_.submit<void>([shared](WriteTransaction& transaction) -> Result<void> {
    for (const auto& [id, sealed] : shared->sealed_by_id) transaction.queries().reseal_signing_key(sealed, id);
    transaction.append_audit(entry_of(audit::Event::master_key_rotated, shared->now, shared->origin));
    return {};
  });
}

Task<Result<std::int64_t>> SqliteSigningKeyStore::remove_ended(crypto::SigningPurpose purpose, core::Timestamp now) {
  co_return co_await writer_.submit<std::int64_t>(
      [purpose, now](WriteTransaction& transaction) -> Result<std::int64_t> {
        return transaction.queries().remove_ended_signing_keys(to_text(purpose), now);
      });
}

Task<Result<void>> SqliteSigningKeyStore::note_export(core::Timestamp now, audit::Origin origin) {
  co_return co_await writer_.submit<void>(
      [now, origin = std::move(origin)](WriteTransaction& transaction) -> Result<void> {
        transaction.append_audit(entry_of(audit::Event::keys_exported, now, origin));
        return {};
      });
}

}  // namespace sallyport::sqlite
