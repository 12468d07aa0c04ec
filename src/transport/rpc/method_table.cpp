#include "transport/rpc/method_table.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <stdexcept>

#include "sallyport/options/v1/options.pb.h"

namespace sallyport::transport::rpc {

namespace pb = google::protobuf;
namespace options = ::sallyport::options::v1;

namespace {

Access access_of(const pb::MethodDescriptor& method) {
  switch (method.options().GetExtension(options::access)) {
    case options::ACCESS_PUBLIC:
      return Access::anybody;
    case options::ACCESS_SIGNED_IN:
      return Access::signed_in;
    case options::ACCESS_ADMINISTRATOR:
      return Access::administrator;
    case options::ACCESS_FRESH_ADMINISTRATOR:
      return Access::fresh_administrator;
    case options::ACCESS_SELF_OR_ADMINISTRATOR:
      return Access::self_or_administrator;
    case options::ACCESS_DIRECTORY:
      return Access::directory;
    default:
      throw std::logic_error(method.full_name() + " does not say who may call it");
  }
}

RateClass rate_of(const pb::MethodDescriptor& method) {
  switch (method.options().GetExtension(options::rate)) {
    case options::RATE_CLASS_UNLIMITED:
      return RateClass::unlimited;
    case options::RATE_CLASS_OTHER:
      return RateClass::other;
    case options::RATE_CLASS_SIGN_IN:
      return RateClass::sign_in;
    case options::RATE_CLASS_REGISTRATION:
      return RateClass::registration;
    case options::RATE_CLASS_MAIL:
      return RateClass::mail;
    default:
      throw std::logic_error(method.full_name() + " does not say what its calls are counted on");
  }
}

/// Whether its requests say whose they are about, always.
bool names_an_account(const pb::Descriptor& request) {
  const auto* field = request.FindFieldByName("user_id");
  return field != nullptr && field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated() &&
         field->message_type()->full_name() == "core.v1.UUID" &&
         field->options().GetExtension(options::rules).required();
}

void check(const Method& method) {
  const auto& name = method.descriptor->full_name();
  if (method.is_free_of_side_effects && method.request_rules->has_secrets())
    throw std::logic_error(name + " has no side effects and takes a secret, so a GET would show it");
  if (method.access != Access::self_or_administrator) return;
  if (method.requests == Messages::many || !names_an_account(*method.descriptor->input_type()))
    throw std::logic_error(name + " is for whom its request names, and that names nobody");
}

}  // namespace

MethodTable::MethodTable(std::span<const pb::ServiceDescriptor* const> services) {
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) add(*service->method(i));
  }
  std::ranges::sort(methods_, {}, &Method::full_name);
}

void MethodTable::add(const pb::MethodDescriptor& method) {
  auto& rules = rules_[method.input_type()];
  if (!rules) rules = std::make_unique<MessageRules>(*method.input_type());
  const std::string_view path = paths_.emplace_back("/" + method.service()->full_name() + "/" + method.name());
  methods_.push_back(
      {.full_name = path.substr(1),
       .path = path,
       .descriptor = &method,
       .requests = method.client_streaming() ? Messages::many : Messages::one,
       .replies = method.server_streaming() ? Messages::many : Messages::one,
       .access = access_of(method),
       .rate = rate_of(method),
       .is_free_of_side_effects = method.options().idempotency_level() == pb::MethodOptions::NO_SIDE_EFFECTS,
       .request_rules = rules.get()});
  check(methods_.back());
}

const Method* MethodTable::find(std::string_view full_name) const {
  const auto found = std::ranges::lower_bound(methods_, full_name, {}, &Method::full_name);
  return found != methods_.end() && found->full_name == full_name ? &*found : nullptr;
}

}  // namespace sallyport::transport::rpc
