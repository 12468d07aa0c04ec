#include "keys/import_keys.h"

#include <algorithm>

namespace sallyport::keys {
namespace {

/// Times that let a key verify what it may have signed, and never sign. What an audit key signed never expires.
crypto::KeyTimes verifying_only(const crypto::KeyTimes& times, crypto::SigningPurpose purpose, RotationTerms terms,
                                core::Timestamp now) {
  crypto::KeyTimes taken{times.active_from, std::min(times.active_until.value_or(now), now), times.published_until};
  if (purpose == crypto::SigningPurpose::access_token && !taken.published_until)
    taken.published_until = now + terms.notice + terms.token_lifetime;
  return taken;
}

}  // namespace

core::Task<core::Result<std::int64_t>> import_keys(SigningKeyStore& store, const crypto::Keyring& keyring,
                                                   std::vector<crypto::KeySet::Member> keys, RotationTerms terms,
                                                   core::Timestamp now, core::Random& random, audit::Origin origin) {
  KeyImport import{.keys = {}, .now = now, .origin = std::move(origin)};
  for (const auto purpose : crypto::signing_purposes) {
    auto stored = co_await store.keys_of(purpose);
    if (!stored) co_return core::Result<std::int64_t>(core::fail(std::move(stored)));
    const bool has_signer = !unended_at(*stored, now).empty();
    for (const auto& [key, times] : keys) {
      if (key.use().purpose != purpose) continue;
      const auto taken = has_signer ? verifying_only(times, purpose, terms, now) : times;
      import.keys.push_back(StoredKey::of(key, taken, now, keyring, random));
    }
  }
  co_return co_await store.import_keys(std::move(import));
}

}  // namespace sallyport::keys
