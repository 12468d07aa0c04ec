#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/exchange.h"
#include "transport/router.h"

namespace sallyport::transport {

/// A step that every request of every protocol passes, in the order the pipeline was given. Called on many loops at
/// once, so it keeps no state of its own without a lock.
class Middleware {
 public:
  virtual ~Middleware() = default;
  /// A refusal with the status it is answered with: some (405, 415, 421) have no fault of their own.
  struct Refusal {
    int status;
    core::Error error;
  };
  /// Before the route is known.
  virtual std::optional<Refusal> before_routing(Exchange&) { return std::nullopt; }
  /// Before the handler is called.
  virtual std::optional<Refusal> before_handler(Exchange&, const Route&) { return std::nullopt; }
  /// The answer to OPTIONS for a path that has no such route; `allowed` is its `Allow`.
  virtual void on_options(const Exchange&, std::string_view /*allowed*/, Response&) {}
  /// An id for a request whose head could not be read; empty from a step that gives none. The answer carries it as the
  /// field "X-Request-Id".
  virtual std::string name_refused() { return {}; }
  /// Once the answer is decided, whoever decided it. `route` is null for a request without one; `exchange` is null for
  /// one whose head could not be read.
  virtual void after(const Exchange*, const Route*, const Response&) {}
};

/// The answer to an error: a problem document (RFC 9457) and the headers that go with its status.
Response problem_response(int status, const core::Error& error, std::string_view request_id);
/// The same with the status of the error's fault.
Response problem_response(const core::Error& error, std::string_view request_id);

/// How errors of a request are written, by what its head says; null for a problem document.
using ChooseErrorFormat = const ErrorFormat* (*)(const Exchange&);

/// Middleware, then router, then handler, then the one place where an error becomes an answer.
class Pipeline final : public Service {
 public:
  Pipeline(const Router& router, std::vector<std::unique_ptr<Middleware>> middleware,
           ChooseErrorFormat choose_error_format = nullptr);
  core::Task<void> serve(Exchange& exchange) override;
  Response refusal(const Exchange* exchange, int status, core::Error error) override;

 private:
  core::Task<Response> answer(Exchange& exchange, const Route*& route);
  Response failure(const Exchange& exchange, int status, const core::Error& error) const;
  Response failure(const Exchange& exchange, int status, const core::Error& error, std::string_view request_id) const;
  const Router& router_;
  std::vector<std::unique_ptr<Middleware>> middleware_;
  ChooseErrorFormat choose_error_format_;
};

}  // namespace sallyport::transport
