#pragma once

#include <string>
#include <vector>

#include "transport/pipeline.h"

namespace sallyport::transport {

/// Without a `public_url` this server cannot know its own name: it serves only requests whose peer and Host are both
/// loopback and that no proxy forwarded, so that a forgotten setting is an error and not an open door (design.md 11).
/// Everything else hears 421.
class LoopbackOnly final : public Middleware {
 public:
  std::optional<Refusal> before_routing(Exchange& exchange) override;
};

/// Refuses requests that another site may have made a browser send (design.md 8): every unsafe request to a route that
/// reads or sets a cookie needs an `Origin` that is this server's or listed; without `Origin` it needs a
/// `Sec-Fetch-Site` of same-origin or none, or no cookies at all.
class CsrfGuard final : public Middleware {
 public:
  /// `origins` are serialised origins (RFC 6454 §6.2). If there are none the loopback authority asked for is the
  /// origin.
  explicit CsrfGuard(std::vector<std::string> origins) : origins_(std::move(origins)) {}
  std::optional<Refusal> before_handler(Exchange& exchange, const Route& route) override;

 private:
  bool is_own_origin(const Exchange& exchange, std::string_view origin) const;
  std::vector<std::string> origins_;
};

}  // namespace sallyport::transport
