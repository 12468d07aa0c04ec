#pragma once

#include <vector>

#include "transport/proxy/network.h"

namespace sallyport::transport {

/// How reverse proxies say whose request they pass on. Exactly one way is believed, all others are ignored.
enum class ProxyHeader { none, x_forwarded_for, forwarded, proxy_v1, proxy_v2 };

/// Whom that is believed of.
struct ProxyRules {
  ProxyHeader header = ProxyHeader::none;
  std::vector<Network> trusted{};
};

}  // namespace sallyport::transport
