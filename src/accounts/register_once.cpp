#include "accounts/register_once.h"

namespace sallyport::accounts {

using core::Fault;
using core::Result;
using core::Task;

Task<Result<Registered>> RegisterOnceHandler::operator()(RegisterAccount command) {
  using Outcome = Result<Registered>;
  if (!command.request) co_return co_await register_account_(std::move(command));
  const auto request = *command.request;
  sessions::SignIn again{.email = command.email,
                         .password = command.password.duplicate(),
                         .device = command.device,
                         .client = command.client};
  auto done = co_await done_.find(request.key, clock_.now());
  if (!done) co_return Outcome(core::fail(std::move(done)));
  if (!*done) {
    auto registered = co_await register_account_(std::move(command));
    const bool was_overtaken = !registered && registered.error().code == "idempotency_key_used";
    if (!was_overtaken) co_return registered;
    done = co_await done_.find(request.key, clock_.now());
    if (!done) co_return Outcome(core::fail(std::move(done)));
    if (!*done) co_return Outcome(core::fail(Fault::conflict, "already_done"));
  }
  co_return co_await answer_again(**done, request.fingerprint, std::move(again));
}

Task<Result<Registered>> RegisterOnceHandler::answer_again(idempotency::DoneRequest done, core::Digest fingerprint,
                                                           sessions::SignIn again) {
  using Outcome = Result<Registered>;
  if (done.fingerprint != fingerprint) co_return Outcome(core::fail(Fault::invalid, "idempotency_key_reused"));
  if (clock_.now() >= done.at + idempotency::answered_again_for)
    co_return Outcome(core::fail(Fault::conflict, "already_done"));
  const auto record = co_await accounts_.find_sign_in(again.email.key());
  if (!record && record.error().fault != Fault::not_found) co_return Outcome(std::unexpected(record.error()));
  // One that waits for a proof of its address answers as a request for a taken address does: nothing is to be told.
  const bool is_of_account = record && record->id == done.account && record->status != AccountStatus::pending;
  if (!is_of_account) co_return Outcome(core::fail(Fault::conflict, "already_done"));
  auto signed_in = co_await sign_in_(std::move(again));
  if (!signed_in) co_return Outcome(core::fail(std::move(signed_in)));
  co_return Registered{.signed_in = std::move(*signed_in), .flow = std::nullopt};
}

}  // namespace sallyport::accounts
