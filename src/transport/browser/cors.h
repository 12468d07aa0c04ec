#pragma once

#include <string>
#include <vector>

#include "transport/pipeline.h"

namespace sallyport::transport {

/// Lets the pages of listed origins call and read answers, with cookies (Fetch, "CORS protocol"). An origin is listed
/// or it is not: it hears its own name, never `*`; pages of others hear nothing, so browsers keep the answer from them.
/// Refusals carry the headers too, or pages could not read why.
class Cors final : public Middleware {
 public:
  /// `origins` are serialised origins (RFC 6454 §6.2), at least one.
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}
  std::optional<Refusal> before_routing(Exchange& exchange) override;
  /// Makes a preflight's answer of it, where the question is one.
  void on_options(const Exchange& exchange, std::string_view allowed, Response& response) override;

 private:
  /// The listed origin that asks, as listed; nothing for any other.
  std::string_view listed_origin(const Exchange& exchange) const;
  const std::vector<std::string> origins_;
};

}  // namespace sallyport::transport
