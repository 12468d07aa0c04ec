#include "sessions/api/rpc_admission.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "core/v1/core.pb.h"
#include "sessions/administrator.h"
#include "sessions/api/caller.h"
#include "sessions/fresh_authentication.h"
#include "transport/rest/json_body.h"

namespace sallyport::sessions::api {

namespace pb = google::protobuf;
using core::Result;
using core::Task;
using transport::rpc::Access;
using transport::rpc::Caller;

namespace {

Result<void> require_fresh_administrator(const SessionView& view, core::Timestamp now) {
  auto allowed = require_administrator(view);
  if (!allowed) return allowed;
  return require_fresh(view, now);
}

/// The account that a request is about; the method table has made sure that it has the field.
Result<core::AccountId> named_account(const transport::rpc::Method& method, const pb::Message& request) {
  auto wrong = method.request_rules->violations(request);
  if (!wrong.empty()) return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
  const auto* field = request.GetDescriptor()->FindFieldByName("user_id");
  const auto& named = dynamic_cast<const ::core::v1::UUID&>(request.GetReflection()->GetMessage(request, field));
  return core::AccountId(core::Uuid::parse_digits(named.value()).value());
}

}  // namespace

SharedView caller_of(const transport::rpc::Call& call) {
  return dynamic_cast<const SessionCaller&>(*call.caller()).view();
}

Task<Result<std::shared_ptr<const Caller>>> RpcAdmission::admit(transport::Exchange& exchange,
                                                                const transport::rpc::Method& method,
                                                                const pb::Message* request) {
  using Admitted = Result<std::shared_ptr<const Caller>>;
  if (method.access == Access::anybody) co_return Admitted(nullptr);
  auto view = co_await authenticate_(bearer_credentials_of(exchange));
  if (!view) co_return Admitted(core::fail(std::move(view)));
  exchange.set_account((*view)->account.id.uuid());
  auto allowed = check(**view, method, request);
  if (!allowed) co_return Admitted(core::fail(std::move(allowed)));
  co_return std::make_shared<const SessionCaller>(std::move(*view));
}

Result<void> RpcAdmission::check(const SessionView& view, const transport::rpc::Method& method,
                                 const pb::Message* request) const {
  switch (method.access) {
    case Access::anybody:
    case Access::signed_in:
      return {};
    case Access::administrator:
      return require_administrator(view);
    case Access::fresh_administrator:
      return require_fresh_administrator(view, clock_.now());
    case Access::directory:
      if (directory_ == accounts::DirectoryReaders::members) return {};
      return require_administrator(view);
    case Access::self_or_administrator: {
      if (request == nullptr)
        throw std::logic_error("admission of " + std::string(method.full_name) + " needs its request");
      const auto account = named_account(method, *request);
      if (!account) return std::unexpected(account.error());
      if (*account == view.account.id) return {};
      return require_fresh_administrator(view, clock_.now());
    }
  }
  std::unreachable();
}

}  // namespace sallyport::sessions::api
