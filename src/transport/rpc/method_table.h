#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transport/router.h"
#include "transport/rpc/validation.h"

namespace google::protobuf {
class MethodDescriptor;
class ServiceDescriptor;
}  // namespace google::protobuf

namespace sallyport::transport::rpc {

/// Who may call a method; what each means stands in `sallyport/options/v1/options.proto`.
enum class Access { anybody, signed_in, administrator, fresh_administrator, self_or_administrator, directory };
/// Whether a side of a call sends one message or any number.
enum class Messages { one, many };

/// One method as its definition states it.
struct Method {
  std::string_view full_name;  ///< "auth.v1.AuthService/Authenticate"
  std::string_view path;       ///< "/auth.v1.AuthService/Authenticate"
  const google::protobuf::MethodDescriptor* descriptor;
  Messages requests, replies;
  Access access;
  RateClass rate;
  bool is_free_of_side_effects;  ///< so that Connect clients may GET it (if it is unary)
  const MessageRules* request_rules;
};

/// The methods of some services, compiled from their definitions at start; then read by every loop at once. Owns what
/// its methods, and the errors of their rules, point at: it lives as long as the process serves.
class MethodTable {
 public:
  /// Throws std::logic_error for definitions that leave something open or contradict themselves: a method without
  /// access or rate class; one without side effects whose request holds a secret, which a GET would put in an address;
  /// one for `self_or_administrator` whose request names no account; and as `MessageRules`.
  explicit MethodTable(std::span<const google::protobuf::ServiceDescriptor* const> services);

  std::span<const Method> methods() const { return methods_; }
  /// By its full name, "auth.v1.AuthService/Authenticate"; null if there is none.
  const Method* find(std::string_view full_name) const;

 private:
  void add(const google::protobuf::MethodDescriptor& method);

  std::deque<std::string> paths_;
  std::map<const google::protobuf::Descriptor*, std::unique_ptr<MessageRules>> rules_;
  std::vector<Method> methods_;
};

}  // namespace sallyport::transport::rpc
