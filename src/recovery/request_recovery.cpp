#include "recovery/request_recovery.h"

#include <algorithm>

#include "crypto/derived_random.h"

namespace sallyport::recovery {

using core::Fault;
using core::Result;
using core::Task;

namespace {

flows::FlowHandle fresh_handle(core::Timestamp at, core::Random& random) {
  return flows::FlowHandle::fresh(flows::FlowId::fresh(at, random), random);
}

}  // namespace

Task<Result<Requested>> RequestRecoveryHandler::operator()(RequestRecovery command) {
  using Outcome = Result<Requested>;
  const auto name = command.name;
  if (name) {
    auto repeated = co_await repeat(*name);
    if (!repeated) co_return Outcome(core::fail(std::move(repeated)));
    if (*repeated) co_return std::move(**repeated);
  }
  const auto now = parts_.clock.now();
  auto handle = name ? derive_handle(*name, now) : fresh_handle(now, parts_.random);
  auto written = co_await write(command, handle, now);
  if (written) {
    parts_.bell.ring();
    co_return Requested{.handle = std::move(handle), .expires_in = valid_for_};
  }
  const bool was_overtaken = name && written.error().code == "idempotency_key_used";
  if (!was_overtaken) co_return Outcome(core::fail(std::move(written)));
  auto repeated = co_await repeat(*name);
  if (!repeated) co_return Outcome(core::fail(std::move(repeated)));
  // Known a moment ago, and a day old by now.
  if (!*repeated) co_return Outcome(core::fail(Fault::conflict, "already_done"));
  co_return std::move(**repeated);
}

Task<Result<void>> RequestRecoveryHandler::write(const RequestRecovery& command, const flows::FlowHandle& handle,
                                                 core::Timestamp now) {
  return parts_.requests.request(
      {.id = handle.id(),
       .kind = flows::FlowKind::recovery,
       .address = {{std::string(command.email.str()), std::string(command.email.key().str())}},
       .handle_digest = handle.digest(),
       .created_at = now,
       .expires_at = now + valid_for_,
       .due_at = now},
      command.name);
}

Task<Result<std::optional<Requested>>> RequestRecoveryHandler::repeat(idempotency::NamedRequest name) {
  using Outcome = Result<std::optional<Requested>>;
  const auto now = parts_.clock.now();
  auto done = co_await parts_.done.find(name.key, now);
  if (!done) co_return Outcome(core::fail(std::move(done)));
  if (!*done) co_return Outcome(std::nullopt);
  const auto& first = **done;
  if (first.fingerprint != name.fingerprint) co_return Outcome(core::fail(Fault::invalid, "idempotency_key_reused"));
  const auto left = std::chrono::ceil<std::chrono::seconds>(first.at + valid_for_ - now);
  co_return Outcome(Requested{.handle = derive_handle(name, first.at),
                              .expires_in = std::clamp(left, std::chrono::seconds{0}, valid_for_)});
}

flows::FlowHandle RequestRecoveryHandler::derive_handle(const idempotency::NamedRequest& name,
                                                        core::Timestamp at) const {
  const auto since_epoch = std::to_string(at.time_since_epoch().count());
  // The name's digest has one length, so nothing has to stand between it and the time.
  crypto::DerivedRandom random(parts_.keyring.mac_key(crypto::Purpose::flow_handle),
                               crypto::sha256({name.key, core::as_bytes(since_epoch)}));
  return fresh_handle(at, random);
}

}  // namespace sallyport::recovery
