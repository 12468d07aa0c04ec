#include "transport/rpc/services.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "sallyport/options/v1/options.pb.h"
#include "transport/pipeline.h"
#include "transport/rpc/message_codec.h"

namespace sallyport::transport::rpc {
namespace {

namespace pb = google::protobuf;

bool has_secrets(const pb::Descriptor& type, std::set<const pb::Descriptor*>& seen) {
  if (!seen.insert(&type).second) return false;
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    if (field.options().GetExtension(::sallyport::options::v1::secret)) return true;
    if (field.message_type() != nullptr && has_secrets(*field.message_type(), seen)) return true;
  }
  return false;
}

/// Answers with secrets stay as they are: how well an answer can be compressed would tell of what is in it (BREACH).
Compress compression_of(const pb::MethodDescriptor& method) {
  std::set<const pb::Descriptor*> seen;
  return has_secrets(*method.output_type(), seen) ? Compress::no : Compress::yes;
}

bool is_unary(const Method& method) { return method.requests == Messages::one && method.replies == Messages::one; }

bool suits(const Wire& wire, Shape shape) {
  return !wire.is_connect() || (wire.protocol == Protocol::connect_unary) == (shape == Shape::unary);
}

}  // namespace

/// One of the streams that may run at a time.
class Services::StreamPlace {
 public:
  explicit StreamPlace(std::atomic<std::size_t>& taken) : taken_(taken) {}
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;
  ~StreamPlace() {
    if (is_taken_) --taken_;
  }
  bool take(std::size_t most) {
    is_taken_ = true;
    return ++taken_ <= most;
  }

 private:
  std::atomic<std::size_t>& taken_;
  bool is_taken_ = false;
};

Services::Services(std::span<const Method> methods, CallRules rules) : rules_(rules) {
  mute_protobuf();
  entries_.reserve(methods.size());  // handlers refer to their entries
  for (const auto& method : methods) {
    by_name_.emplace(method.full_name, entries_.size());
    entries_.push_back({.method = &method, .compress = compression_of(*method.descriptor)});
  }
}

Services::Entry& Services::entry(std::string_view full_name) {
  const auto found = by_name_.find(full_name);
  if (found == by_name_.end()) throw std::logic_error("there is no RPC method " + std::string(full_name));
  auto& entry = entries_[found->second];
  if (entry.procedure || !entry.unavailable.empty())
    throw std::logic_error("the RPC method " + std::string(full_name) + " was given twice");
  return entry;
}

void Services::add(std::string_view full_name, const Signature& signature, Procedure procedure) {
  auto& added = entry(full_name);
  const auto& method = *added.method;
  const bool is_same = signature.request == method.descriptor->input_type() &&
                       signature.reply == method.descriptor->output_type() && signature.requests == method.requests &&
                       signature.replies == method.replies;
  if (!is_same) throw std::logic_error("the handler of " + std::string(full_name) + " takes or gives other messages");
  added.procedure = std::move(procedure);
}

void Services::stream(std::string_view full_name, std::function<core::Task<core::Result<void>>(Call&)> handle) {
  auto& added = entry(full_name);
  if (added.method->requests != Messages::many)
    throw std::logic_error("the client of " + std::string(full_name) + " does not send a stream");
  added.procedure = std::move(handle);
}

void Services::unavailable(std::string_view full_name, std::string_view code) { entry(full_name).unavailable = code; }

std::vector<const Method*> Services::served() const {
  std::vector<const Method*> methods;
  for (const auto& entry : entries_) {
    if (entry.procedure) methods.push_back(entry.method);
  }
  return methods;
}

void Services::mount(Router& router) const {
  std::set<const pb::ServiceDescriptor*> services;
  for (const auto* method : served()) services.insert(method->descriptor->service());
  for (const auto& entry : entries_) {
    const auto& method = *entry.method;
    const bool is_given = entry.procedure || !entry.unavailable.empty();
    if (!is_given && services.contains(method.descriptor->service()))
      throw std::logic_error("the RPC method " + std::string(method.full_name) + " has no handler");
    if (!is_given) continue;
    const auto add_route = [&](transport::Method verb) {
      router.add({.method = verb,
                  .pattern = std::string(method.path),
                  .handler = [this, &entry](Exchange& exchange, const Parameters&) { return serve(entry, exchange); },
                  .logged = method.rate == RateClass::unlimited ? Logged::no : Logged::yes,  // probes
                  .rate = method.rate});
    };
    add_route(transport::Method::post);
    if (method.is_free_of_side_effects && is_unary(method)) add_route(transport::Method::get);
  }
}

core::Task<core::Result<Response>> Services::serve(const Entry& entry, Exchange& exchange) const {
  using Answer = core::Result<Response>;
  exchange.withhold_cookies();  // calls carry their tokens in metadata
  const auto shape = is_unary(*entry.method) ? Shape::unary : Shape::stream;
  const auto* const wire = wire_of(exchange);
  if (wire == nullptr || !suits(*wire, shape)) {
    auto refused =
        problem_response(415, {.fault = core::Fault::invalid, .code = "unsupported_media_type"}, exchange.request_id());
    refused.fields.push_back({"accept-post", std::string(acceptable_media_types(shape))});
    co_return Answer(std::move(refused));
  }
  if (wire->protocol == Protocol::grpc && !has_trailers(exchange)) {
    co_return Answer(
        problem_response(505, {.fault = core::Fault::invalid, .code = "version_unsupported"}, exchange.request_id()));
  }
  if (!entry.unavailable.empty()) co_return Answer(core::fail(core::Fault::unimplemented, entry.unavailable));

  StreamPlace place(streams_);
  if (shape == Shape::stream && !place.take(rules_.streams)) {
    co_return Answer(std::unexpected(
        core::Error{.fault = core::Fault::unavailable, .code = "overloaded", .retry_after = std::chrono::seconds{1}}));
  }
  Call call(exchange, *entry.method, *wire, rules_, entry.compress);
  auto outcome = call.open();
  if (outcome && call.needs_admission() && !call.is_admitted_by_request()) outcome = co_await call.admit(nullptr);
  if (outcome) outcome = co_await entry.procedure(call);
  co_return co_await call.end(std::move(outcome));
}

}  // namespace sallyport::transport::rpc
