#pragma once

#include <memory>

#include "core/result.h"
#include "core/task.h"
#include "transport/exchange.h"

namespace google::protobuf {
class Message;
}

namespace sallyport::transport::rpc {

struct Method;

/// Who makes a call, as admission has found out. Whoever implements `Admission` derives from it.
class Caller {
 public:
  virtual ~Caller() = default;
};

/// Port: whether a call may be made, by what the method's definition says of access.
class Admission {
 public:
  virtual ~Admission() = default;
  /// Who makes the call; not asked of methods that anybody may call. `request` is null unless the method's access
  /// depends on it. Fails with `unauthenticated` and `forbidden`, or as a store fails.
  virtual core::Task<core::Result<std::shared_ptr<const Caller>>> admit(Exchange& exchange, const Method& method,
                                                                        const google::protobuf::Message* request) = 0;
};

}  // namespace sallyport::transport::rpc
