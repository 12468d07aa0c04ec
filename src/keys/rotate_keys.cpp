#include "keys/rotate_keys.h"

#include <algorithm>

#include "core/timestamp_text.h"

namespace sallyport::keys {
namespace {

core::Error pending(const StoredKey& next) {
  return {
      .fault = core::Fault::conflict,
      .code = "signing_key_pending",
      .log_detail = "the key " + next.id + " waits to sign from " + core::to_rfc3339(next.times.active_from) + " on"};
}

}  // namespace

std::vector<StoredKey> unended_at(std::span<const StoredKey> stored, core::Timestamp at) {
  std::vector<StoredKey> unended;
  std::ranges::copy_if(stored, std::back_inserter(unended),
                       [at](const StoredKey& key) { return !key.times.active_until || *key.times.active_until > at; });
  return unended;
}

core::Task<core::Result<Rotated>> RotateKeysHandler::operator()(RotateKeys command) {
  using Done = core::Result<Rotated>;
  auto made = co_await make_(command.use);
  if (!made) co_return Done(core::fail(std::move(made)));
  auto stored = co_await store_.keys_of(crypto::SigningPurpose::access_token);
  if (!stored) co_return Done(core::fail(std::move(stored)));

  const auto now = clock_.now();
  const bool starts_at_once = command.start == Start::at_once || unended_at(*stored, now + terms_.notice).empty();
  const auto change = starts_at_once ? now : now + terms_.notice;
  const crypto::KeyTimes times{.active_from = change};
  Rotation rotation{.successor = StoredKey::of(*made, times, now, keyring_, random_),
                    .outgoing = {},
                    .now = now,
                    .origin = std::move(command.origin)};
  for (auto& key : unended_at(*stored, change)) {
    if (key.times.active_from > now && !starts_at_once) co_return Done(std::unexpected(pending(key)));
    // A server that is late to hear of a start at once signs with the old key for as long as of any other.
    auto to = starts_at_once
                  ? crypto::succeed(key.times, now, std::chrono::seconds{0}, terms_.notice + terms_.token_lifetime)
                  : crypto::succeed(key.times, now, terms_.notice, terms_.token_lifetime);
    rotation.outgoing.push_back({std::move(key.id), key.times, to.outgoing});
  }
  auto rotated = co_await store_.rotate(std::move(rotation));
  if (!rotated) co_return Done(core::fail(std::move(rotated)));
  co_return Rotated{made->id(), made->use().algorithm, times};
}

}  // namespace sallyport::keys
