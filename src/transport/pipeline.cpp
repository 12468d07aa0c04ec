#include "transport/pipeline.h"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "transport/rest/problem.h"
#include "transport/rest/wire_status.h"

namespace sallyport::transport {
namespace {

std::string join(const std::vector<Method>& methods) {
  std::string text;
  for (const auto method : methods) text.append(text.empty() ? "" : ", ").append(to_text(method));
  return text;
}

bool sets_cookie(const Response& response) {
  return std::ranges::any_of(response.fields, [](const ResponseField& field) { return field.name == "Set-Cookie"; });
}

Response options_answer(const std::vector<Method>& allowed) {
  auto response = Response::no_content();
  response.fields.push_back({"Allow", join(allowed)});
  return response;
}

/// What HTTP says of an error. A handler that reads a body is the first to see its media type, which has a status but
/// no fault of its own.
int status_of(const core::Error& error) {
  return error.code == "unsupported_media_type" ? 415 : wire_status(error.fault).http;
}

/// RFC 6750 §3: a request whose token did not serve is told that; one without a token is told only the scheme.
std::string challenge(std::string_view code) {
  const bool had_token = code.starts_with("token_") || code == "session_expired";
  return had_token ? R"(Bearer realm="sallyport", error="invalid_token")" : R"(Bearer realm="sallyport")";
}

}  // namespace

Response problem_response(int status, const core::Error& error, std::string_view request_id) {
  Response response{.status = status,
                    .content_type = "application/problem+json",
                    .outcome = error.code,
                    .log_detail = error.log_detail};
  // What exactly is broken inside is for the log; a client can only be told that something is.
  const core::Error internal{.fault = core::Fault::internal, .code = "internal_error"};
  rest::write_problem(response.body, error.fault == core::Fault::internal ? internal : error, status, request_id);
  if (status == 401) response.fields.push_back({"WWW-Authenticate", challenge(error.code)});
  if (error.retry_after) response.fields.push_back({"Retry-After", std::to_string(error.retry_after->count())});
  return response;
}

Response problem_response(const core::Error& error, std::string_view request_id) {
  return problem_response(status_of(error), error, request_id);
}

Pipeline::Pipeline(const Router& router, std::vector<std::unique_ptr<Middleware>> middleware,
                   ChooseErrorFormat choose_error_format)
    : router_(router), middleware_(std::move(middleware)), choose_error_format_(choose_error_format) {}

Response Pipeline::failure(const Exchange& exchange, int status, const core::Error& error) const {
  return failure(exchange, status, error, exchange.request_id());
}

Response Pipeline::failure(const Exchange& exchange, int status, const core::Error& error,
                           std::string_view request_id) const {
  const auto* const format = choose_error_format_ != nullptr ? choose_error_format_(exchange) : nullptr;
  return format != nullptr ? format->encode(status, error, request_id) : problem_response(status, error, request_id);
}

core::Task<Response> Pipeline::answer(Exchange& exchange, const Route*& route) {
  for (const auto& step : middleware_) {
    if (auto refusal = step->before_routing(exchange)) co_return failure(exchange, refusal->status, refusal->error);
  }
  Parameters parameters;
  auto match = router_.find(exchange.method(), exchange.path(), parameters);
  if (match.route == nullptr) {
    if (match.allowed.empty()) {
      co_return failure(exchange, 404, {.fault = core::Fault::not_found, .code = "not_found"});
    }
    if (exchange.method() == Method::options) {
      auto options = options_answer(match.allowed);
      const auto allowed = options.fields.front().value;
      for (const auto& step : middleware_) step->on_options(exchange, allowed, options);
      co_return options;
    }
    auto refused = failure(exchange, 405, {.fault = core::Fault::invalid, .code = "method_not_allowed"});
    refused.fields.push_back({"Allow", join(match.allowed)});
    co_return refused;
  }
  route = match.route;
  for (const auto& step : middleware_) {
    if (auto refusal = step->before_handler(exchange, *route)) {
      co_return failure(exchange, refusal->status, refusal->error);
    }
  }
  const bool is_unguarded = route->cookies == Cookies::none && !is_safe(exchange.method());
  if (is_unguarded) exchange.withhold_cookies();
  auto answered = co_await route->handler(exchange, parameters);
  if (!answered) co_return failure(exchange, status_of(answered.error()), answered.error());
  if (is_unguarded && sets_cookie(*answered))
    throw std::logic_error(route->pattern + " sets a cookie and has not said so (transport::Cookies)");
  co_return std::move(*answered);
}

core::Task<void> Pipeline::serve(Exchange& exchange) {
  const Route* route = nullptr;
  std::optional<Response> response;
  try {
    response.emplace(co_await answer(exchange, route));
  } catch (const std::exception& bug) {  // a bug, or the machine: the one place where exceptions end
    const core::Error error{.fault = core::Fault::internal, .code = "internal_error", .log_detail = bug.what()};
    response.emplace(failure(exchange, status_of(error), error));
  }
  if (exchange.is_given_up()) co_return;  // answered and counted already
  for (const auto& step : middleware_) step->after(&exchange, route, *response);
  if (!exchange.is_answered()) exchange.respond(std::move(*response));
  else if (response->status < 400) exchange.finish(std::move(response->trailers));  // the handler streamed
  else exchange.abort();  // and failed half-way: half an answer must not look whole
}

Response Pipeline::refusal(const Exchange* exchange, int status, core::Error error) {
  // Refused before the first step could name it.
  const bool is_nameless = exchange == nullptr || exchange->request_id().empty();
  std::string made;
  for (const auto& step : middleware_) {
    if (is_nameless && made.empty()) made = step->name_refused();
  }
  const auto id = is_nameless ? std::string_view(made) : exchange->request_id();
  auto response = exchange != nullptr ? failure(*exchange, status, error, id) : problem_response(status, error, id);
  if (!made.empty()) response.fields.push_back({"X-Request-Id", std::move(made)});
  for (const auto& step : middleware_) step->after(exchange, nullptr, response);
  return response;
}

}  // namespace sallyport::transport
