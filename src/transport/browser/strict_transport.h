#pragma once

#include <chrono>
#include <string>

#include "transport/pipeline.h"

namespace sallyport::transport {

/// What browsers are told of HTTPS (RFC 6797 §6.1).
struct StrictTransport {
  std::chrono::seconds max_age{0};
  bool includes_subdomains = false;
  bool preloads = false;  ///< consents to being listed in browsers (hstspreload.org)
};

/// Has browsers come back by HTTPS only. For a server whose `public_url` is https: RFC 6797 §7.2 forbids it in answers
/// over plain HTTP, and browsers pass over it there.
class StrictTransportSecurity final : public Middleware {
 public:
  explicit StrictTransportSecurity(const StrictTransport& policy)
      : value_("max-age=" + std::to_string(policy.max_age.count()) +
               (policy.includes_subdomains ? "; includeSubDomains" : "") + (policy.preloads ? "; preload" : "")) {}
  std::optional<Refusal> before_routing(Exchange& exchange) override {
    exchange.add_answer_field("Strict-Transport-Security", value_);
    return std::nullopt;
  }

 private:
  const std::string value_;
};

}  // namespace sallyport::transport
