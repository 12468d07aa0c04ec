#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "transport/router.h"
#include "transport/rpc/call.h"

namespace sallyport::transport::rpc {

/// Methods by name, made at start from their definitions and then given handlers. Outlives the server.
class Services {
 public:
  /// `methods` outlive this.
  Services(std::span<const Method> methods, CallRules rules);

  /// A method with one request and one reply. Throws std::logic_error, as all of these do, for a name that no method
  /// has, that was given before, or whose method has other messages: a bug, found at start.
  template <class Request, class Reply>
  void unary(std::string_view full_name, std::function<core::Task<core::Result<Reply>>(Call&, Request)> handle) {
    add(full_name, {Request::descriptor(), Reply::descriptor(), Messages::one, Messages::one},
        [handle = std::move(handle)](Call& call) { return serve_unary<Request, Reply>(handle, call); });
  }
  /// One request, any number of replies through `Call::write`.
  template <class Request, class Reply>
  void server_stream(std::string_view full_name, std::function<core::Task<core::Result<void>>(Call&, Request)> handle) {
    add(full_name, {Request::descriptor(), Reply::descriptor(), Messages::one, Messages::many},
        [handle = std::move(handle)](Call& call) { return serve_stream<Request>(handle, call); });
  }
  /// Any number of requests through `Call::read`; one reply or any number of them through `Call::write`.
  void stream(std::string_view full_name, std::function<core::Task<core::Result<void>>(Call&)> handle);
  /// A method that this server has no handler for yet: UNIMPLEMENTED with the sentence of the catalogue for `code`, a
  /// literal. Reflection does not show it.
  void unavailable(std::string_view full_name, std::string_view code);

  /// Adds the routes. Throws std::logic_error when a method of a service that has handlers has neither a handler nor
  /// been called unavailable.
  void mount(Router& router) const;
  /// The methods that have handlers.
  std::vector<const Method*> served() const;

 private:
  using Procedure = std::function<core::Task<core::Result<void>>(Call&)>;
  struct Entry {
    const Method* method;
    Compress compress;
    Procedure procedure{};
    std::string_view unavailable{};  ///< the code
  };
  struct Signature {
    const google::protobuf::Descriptor* request;
    const google::protobuf::Descriptor* reply;
    Messages requests, replies;
  };

  template <class Request, class Reply>
  static core::Task<core::Result<void>> serve_unary(
      const std::function<core::Task<core::Result<Reply>>(Call&, Request)>& handle, Call& call) {
    using Outcome = core::Result<void>;
    Request request;
    auto received = co_await call.receive(request);
    if (!received) co_return received;
    auto reply = co_await handle(call, std::move(request));
    if (!reply) co_return Outcome(core::fail(std::move(reply)));
    call.answer(*reply);
    co_return Outcome{};
  }
  template <class Request>
  static core::Task<core::Result<void>> serve_stream(
      const std::function<core::Task<core::Result<void>>(Call&, Request)>& handle, Call& call) {
    Request request;
    auto received = co_await call.receive(request);
    if (!received) co_return received;
    co_return co_await handle(call, std::move(request));
  }

  class StreamPlace;
  Entry& entry(std::string_view full_name);
  void add(std::string_view full_name, const Signature& signature, Procedure procedure);
  core::Task<core::Result<Response>> serve(const Entry& entry, Exchange& exchange) const;

  const CallRules rules_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  mutable std::atomic<std::size_t> streams_ = 0;  ///< that run now, on all loops
};

}  // namespace sallyport::transport::rpc
