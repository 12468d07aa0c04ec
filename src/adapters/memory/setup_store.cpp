#include "adapters/memory/stores.h"

namespace sallyport::memory {

using core::Fault;
using core::Result;
using core::Task;

namespace {

Result<void> require_open(const MemoryState& state) {
  if (state.has_administrator()) return core::fail(Fault::conflict, "setup_done");
  return {};
}

Result<void> require_token(const MemoryState& state, const core::Digest& digest, core::Timestamp now) {
  auto open = require_open(state);
  if (!open) return open;
  const auto& stored = state.setup_token;
  if (!stored || stored->digest != digest || stored->expires_at <= now)
    return core::fail(Fault::forbidden, "setup_token_invalid");
  return {};
}

}  // namespace

Task<Result<void>> MemorySetupStore::replace_token(accounts::NewSetupToken token) {
  return store_.run<void>([token = std::move(token)](MemoryState& state) -> Result<void> {
    auto open = require_open(state);
    if (!open) return open;
    const auto& stored = state.setup_token;
    if (stored && stored->expires_at > token.created_at && stored->maker > token.maker)
      return core::fail(Fault::conflict, "setup_token_kept");
    state.setup_token = StoredSetupToken{token.digest, token.maker, token.expires_at};
    state.append_audit({.event = audit::Event::setup_token_made,
                        .at = token.created_at,
                        .account = std::nullopt,
                        .session = std::nullopt,
                        .origin = token.origin});
    return {};
  });
}

Task<Result<void>> MemorySetupStore::check_open() {
  return store_.run<void>([](MemoryState& state) { return require_open(state); });
}

Task<Result<void>> MemorySetupStore::check_token(core::Digest digest, core::Timestamp now) {
  return store_.run<void>([digest, now](MemoryState& state) { return require_token(state, digest, now); });
}

Task<Result<void>> MemorySetupStore::create_first_administrator(accounts::FirstAdministrator first) {
  return store_.run<void>([first = std::move(first)](MemoryState& state) -> Result<void> {
    const auto& administrator = first.administrator;
    auto checked = require_token(state, first.token_digest, administrator.created_at);
    if (!checked) return checked;
    auto inserted = state.insert_administrator(administrator);
    if (!inserted) return inserted;
    state.append_audit({.event = audit::Event::setup_token_used,
                        .at = administrator.created_at,
                        .account = administrator.id,
                        .session = std::nullopt,
                        .origin = administrator.origin});
    return {};
  });
}

}  // namespace sallyport::memory
