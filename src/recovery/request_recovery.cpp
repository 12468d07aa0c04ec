#include "recovery/request_recovery.h"

namespace sallyport::recovery {

core::Task<core::Result<Requested>> RequestRecoveryHandler::operator()(accounts::Email email) {
  const auto now = clock_.now();
  auto handle = flows::FlowHandle::fresh(flows::FlowId::fresh(now, random_), random_);
  auto written = co_await store_.request({.id = handle.id(),
                                          .kind = flows::FlowKind::recovery,
                                          .address = {{std::string(email.str()), std::string(email.key().str())}},
                                          .handle_digest = handle.digest(),
                                          .created_at = now,
                                          .expires_at = now + valid_for_,
                                          .due_at = now});
  if (!written) co_return core::Result<Requested>(core::fail(std::move(written)));
  bell_.ring();
  co_return Requested{.handle = std::move(handle), .expires_in = valid_for_};
}

}  // namespace sallyport::recovery
