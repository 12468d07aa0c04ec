#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using core::Fault;
using core::Result;
using core::Task;

namespace {

Result<void> require_open(Queries& queries) {
  if (queries.has_active_administrator()) return core::fail(Fault::conflict, "setup_done");
  return {};
}

Result<void> require_token(Queries& queries, const core::Digest& digest, core::Timestamp now) {
  auto open = require_open(queries);
  if (!open) return open;
  const auto stored = queries.find_setup_token();
  if (!stored || stored->digest != digest || stored->expires_at <= now)
    return core::fail(Fault::forbidden, "setup_token_invalid");
  return {};
}

}  // namespace

Task<Result<void>> SqliteSetupStore::replace_token(accounts::NewSetupToken token) {
  co_return co_await writer_.submit<void>([token = std::move(token)](WriteTransaction& transaction) -> Result<void> {
    auto& queries = transaction.queries();
    auto open = require_open(queries);
    if (!open) return open;
    const auto stored = queries.find_setup_token();
    const bool is_kept = stored && stored->expires_at > token.created_at &&
                         static_cast<accounts::SetupTokenMaker>(stored->made_by) > token.maker;
    if (is_kept) return core::fail(Fault::conflict, "setup_token_kept");
    queries.replace_setup_token({.digest = token.digest,
                                 .made_by = static_cast<std::int64_t>(token.maker),
                                 .now = token.created_at,
                                 .expires_at = token.expires_at});
    transaction.append_audit({.event = audit::Event::setup_token_made,
                              .at = token.created_at,
                              .account = std::nullopt,
                              .session = std::nullopt,
                              .origin = token.origin});
    return {};
  });
}

Task<Result<void>> SqliteSetupStore::check_open() {
  co_return co_await readers_.submit<void>([](Queries& queries) { return require_open(queries); });
}

Task<Result<void>> SqliteSetupStore::check_token(core::Digest digest, core::Timestamp now) {
  co_return co_await readers_.submit<void>(
      [digest, now](Queries& queries) { return require_token(queries, digest, now); });
}

Task<Result<void>> SqliteSetupStore::create_first_administrator(accounts::FirstAdministrator first) {
  auto shared = std::make_shared<const accounts::FirstAdministrator>(std::move(first));
  co_return co_await writer_.submit<void>([shared](WriteTransaction& transaction) -> Result<void> {
    const auto& administrator = shared->administrator;
    auto checked = require_token(transaction.queries(), shared->token_digest, administrator.created_at);
    if (!checked) return checked;
    auto inserted = insert_administrator(transaction, administrator);
    if (!inserted) return inserted;
    transaction.append_audit({.event = audit::Event::setup_token_used,
                              .at = administrator.created_at,
                              .account = administrator.id,
                              .session = std::nullopt,
                              .origin = administrator.origin});
    return {};
  });
}

}  // namespace sallyport::sqlite
