#pragma once

#include "transport/pipeline.h"
#include "transport/proxy/rules.h"

namespace sallyport::transport {

/// Finds out who a request is from when a trusted proxy passes it on (design.md 8), for everything that asks
/// `Exchange::client`: limits, the log, sessions, the audit log. Where proxies speak the PROXY protocol the connection
/// has done that already.
class ClientAddress final : public Middleware {
 public:
  /// `rules.header` is `x_forwarded_for` or `forwarded`.
  explicit ClientAddress(ProxyRules rules) : rules_(std::move(rules)) {}
  std::optional<Refusal> before_routing(Exchange& exchange) override;

 private:
  const ProxyRules rules_;
};

}  // namespace sallyport::transport
