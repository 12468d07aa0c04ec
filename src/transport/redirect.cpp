#include "transport/redirect.h"

#include "transport/pipeline.h"

namespace sallyport::transport {

core::Task<void> Redirect::serve(Exchange& exchange) {
  auto location = origin_;
  location += exchange.path().starts_with('/') ? exchange.path() : "/";  // `OPTIONS *` has none
  if (!exchange.query().empty()) location.append("?").append(exchange.query());
  Response response{.status = 308};
  response.fields.push_back({"Location", std::move(location)});
  ++redirected_;
  exchange.respond(std::move(response));
  co_return;
}

Response Redirect::refusal(const Exchange*, int status, core::Error error) {
  return problem_response(status, error, "");
}

}  // namespace sallyport::transport
