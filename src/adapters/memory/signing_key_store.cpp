#include <algorithm>
#include <tuple>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Result;
using core::Task;
using keys::StoredKey;

namespace {

/// Whether the outgoing keys of a rotation are those of the store, as the store has them.
bool is_current(const MemoryState& state, const keys::Rotation& rotation) {
  const auto& [successor, outgoing, now, origin] = rotation;
  const auto count = std::ranges::count_if(state.signing_keys, [&](const auto& entry) {
    const auto& key = entry.second;
    return key.purpose == successor.purpose &&
           (!key.times.active_until || *key.times.active_until > successor.times.active_from);
  });
  return count == std::ssize(outgoing) && std::ranges::all_of(outgoing, [&](const auto& seen) {
           const auto found = state.signing_keys.find(seen.id);
           return found != state.signing_keys.end() && found->second.times == seen.from;
         });
}

void append_audit(MemoryState& state, audit::Event event, core::Timestamp at, const audit::Origin& origin) {
  state.append_audit({.event = event, .at = at, .account = std::nullopt, .session = std::nullopt, .origin = origin});
}

}  // namespace

Task<Result<std::vector<StoredKey>>> MemorySigningKeyStore::keys_of(crypto::SigningPurpose purpose) {
  using Found = std::vector<StoredKey>;
  return store_.run<Found>([purpose](MemoryState& state) -> Result<Found> {
    Found found;
    for (const auto& [id, key] : state.signing_keys) {
      if (key.purpose == purpose) found.push_back(key);
    }
    std::ranges::sort(found, {}, [](const StoredKey& key) { return std::tie(key.times.active_from, key.id); });
    return found;
  });
}

Task<Result<void>> MemorySigningKeyStore::rotate(keys::Rotation rotation) {
  return store_.run<void>([rotation = std::move(rotation)](MemoryState& state) -> Result<void> {
    if (!is_current(state, rotation) || !state.signing_keys.emplace(rotation.successor.id, rotation.successor).second)
      return core::fail(core::Fault::conflict, "signing_key_superseded");
    for (const auto& [id, from, to] : rotation.outgoing) {
      auto& times = state.signing_keys.at(id).times;
      times.active_until = to.active_until;
      times.published_until = to.published_until;
    }
    append_audit(state, audit::Event::signing_key_rotated, rotation.now, rotation.origin);
    return {};
  });
}

Task<Result<std::int64_t>> MemorySigningKeyStore::import_keys(keys::KeyImport import) {
  return store_.run<std::int64_t>([import = std::move(import)](MemoryState& state) -> Result<std::int64_t> {
    const auto before = state.signing_keys.size();
    for (const auto& key : import.keys) state.signing_keys.emplace(key.id, key);
    append_audit(state, audit::Event::keys_imported, import.now, import.origin);
    return static_cast<std::int64_t>(state.signing_keys.size() - before);
  });
}

Task<Result<void>> MemorySigningKeyStore::reseal(keys::Resealing resealing) {
  return store_.run<void>([resealing = std::move(resealing)](MemoryState& state) -> Result<void> {
    for (const auto& [id, sealed] : resealing.sealed_by_id) {
      const auto found = state.signing_keys.find(id);
      if (found != state.signing_keys.end()) found->second.sealed = sealed;
    }
    append_audit(state, audit::Event::master_key_rotated, resealing.now, resealing.origin);
    return {};
  });
}

Task<Result<std::int64_t>> MemorySigningKeyStore::remove_ended(crypto::SigningPurpose purpose, core::Timestamp now) {
  return store_.run<std::int64_t>([purpose, now](MemoryState& state) -> Result<std::int64_t> {
    return static_cast<std::int64_t>(std::erase_if(state.signing_keys, [&](const auto& entry) {
      return entry.second.purpose == purpose && !entry.second.times.is_published(now);
    }));
  });
}

Task<Result<void>> MemorySigningKeyStore::note_export(core::Timestamp now, audit::Origin origin) {
  return store_.run<void>([now, origin = std::move(origin)](MemoryState& state) -> Result<void> {
    append_audit(state, audit::Event::keys_exported, now, origin);
    return {};
  });
}

}  // namespace sallyport::memory
