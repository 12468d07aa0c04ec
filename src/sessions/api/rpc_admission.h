#pragma once

#include "accounts/account_directory.h"
#include "core/clock.h"
#include "sessions/authenticate.h"
#include "transport/rpc/admission.h"
#include "transport/rpc/call.h"

namespace sallyport::sessions::api {

/// Whoever makes a call that not everybody may make.
class SessionCaller final : public transport::rpc::Caller {
 public:
  explicit SessionCaller(SharedView view) : view_(std::move(view)) {}
  const SharedView& view() const { return view_; }

 private:
  SharedView view_;
};

/// The session of a call's caller. For methods that admission lets nobody else call: there always is one.
SharedView caller_of(const transport::rpc::Call& call);

/// Admits calls by the token in their metadata `authorization`. Fails as the authenticator does; with `forbidden` /
/// "forbidden" and "fresh_authentication_required"; and with `invalid` / "invalid_fields" where a request that should
/// say whose account it is about does not.
class RpcAdmission final : public transport::rpc::Admission {
 public:
  /// All of it outlives this.
  RpcAdmission(Authenticator& authenticate, const core::Clock& clock, accounts::DirectoryReaders directory)
      : authenticate_(authenticate), clock_(clock), directory_(directory) {}

  core::Task<core::Result<std::shared_ptr<const transport::rpc::Caller>>> admit(
      transport::Exchange& exchange, const transport::rpc::Method& method,
      const google::protobuf::Message* request) override;

 private:
  core::Result<void> check(const SessionView& view, const transport::rpc::Method& method,
                           const google::protobuf::Message* request) const;

  Authenticator& authenticate_;
  const core::Clock& clock_;
  const accounts::DirectoryReaders directory_;
};

}  // namespace sallyport::sessions::api
