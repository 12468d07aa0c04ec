#pragma once

#include <functional>

#include "app/services.h"
#include "sessions/api/rpc_admission.h"
#include "transport/rpc/health.h"
#include "transport/rpc/method_table.h"
#include "transport/rpc/reflection.h"
#include "transport/rpc/services.h"

namespace sallyport::app {

/// Every RPC method there is, with its handler and whoever admits its callers. Outlives the server.
class RpcServices {
 public:
  /// `services` outlives this; `state`, asked on every loop, is what the health service says. Throws std::logic_error
  /// for definitions and handlers that do not fit each other.
  RpcServices(Services& services, std::function<transport::rpc::HealthService::State()> state);

  void mount(transport::Router& router) const { services_.mount(router); }

 private:
  const transport::rpc::MethodTable methods_;
  sessions::api::RpcAdmission admission_;
  transport::rpc::Services services_;
  transport::rpc::HealthService health_;
  transport::rpc::Reflection reflection_;
};

}  // namespace sallyport::app
