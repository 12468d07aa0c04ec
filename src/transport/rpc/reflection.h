#pragma once

#include <memory>
#include <mutex>

#include "transport/rpc/services.h"

namespace sallyport::transport::rpc {

/// `grpc.reflection.v1.ServerReflection` and its elder, `v1alpha`: what this server serves, for people with tools.
/// Methods without a handler are not shown: what is told is what can be called. Outlives the server.
class Reflection {
 public:
  Reflection();
  ~Reflection();
  /// Adds its methods; `services` outlive this. What they serve when the first call comes is what there is.
  void add_to(Services& services);

  class Index;

 private:
  const Index& index();

  const Services* services_ = nullptr;
  std::once_flag has_index_;
  std::unique_ptr<const Index> index_;
};

}  // namespace sallyport::transport::rpc
