#include "keys/live_keys.h"

#include <algorithm>

namespace sallyport::keys {

core::Task<core::Result<bool>> LiveKeys::reload() {
  {
    const std::lock_guard lock(mutex_);
    if (is_loading_) {
      is_wanted_again_ = true;
      co_return core::Result<bool>(false);
    }
    is_loading_ = true;
  }
  bool has_changed = false;
  for (;;) {
    auto loaded = co_await load();
    ++(loaded ? counters_.reloads : counters_.failures);
    has_changed = loaded.value_or(false) || has_changed;
    const std::lock_guard lock(mutex_);
    if (loaded && std::exchange(is_wanted_again_, false)) continue;
    is_loading_ = is_wanted_again_ = false;
    if (!loaded) co_return loaded;
    co_return core::Result<bool>(has_changed);
  }
}

core::Task<core::Result<bool>> LiveKeys::load() {
  auto stored = co_await store_.keys_of(crypto::SigningPurpose::access_token);
  if (!stored) co_return core::Result<bool>(core::fail(std::move(stored)));
  Seen seen;
  for (const auto& key : *stored) seen.emplace_back(key.id, key.times);
  if (seen == seen_) co_return core::Result<bool>(false);
  std::vector<crypto::KeySet::Member> members;
  for (const auto& row : *stored) {
    auto key = row.unseal(keyring_);
    if (!key) co_return core::Result<bool>(core::fail(std::move(key)));
    members.push_back({std::move(*key), row.times});
  }
  use_(crypto::KeySet(std::move(members)));
  seen_ = std::move(seen);
  co_return core::Result<bool>(true);
}

core::Task<bool> LiveKeys::look_for_unknown() {
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.moment();
    if (now < next_look_) co_return false;
    next_look_ = now + look_interval;
  }
  const auto changed = co_await reload();
  co_return changed.value_or(false);
}

}  // namespace sallyport::keys
