#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "transport/http1/header_field.h"
#include "transport/proxy/forwarding.h"

namespace sallyport::fuzz {

inline const std::vector<transport::Network>& trusted_proxies() {
  static const std::vector<transport::Network> networks{*transport::Network::parse("10.0.0.0/8")};
  return networks;
}
inline const transport::Address& trusted_peer() {
  static const auto peer = *transport::Address::parse_ip("10.0.0.1");
  return peer;
}

/// Each line of the text is one header line.
inline std::vector<std::string_view> header_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (;;) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

inline std::string client_of(transport::ProxyHeader header, const std::vector<std::string_view>& lines) {
  return transport::client_behind(trusted_peer(), header, lines, trusted_proxies()).ip();
}

/// The walk over X-Forwarded-For as one would write it without a thought of cost: the whole list, backwards.
inline std::string naive_client(const std::vector<std::string_view>& lines) {
  std::vector<std::string_view> hops;
  for (auto line : lines) {
    for (;;) {
      const auto comma = line.find(',');
      hops.push_back(transport::http1::trim_ows(line.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      line.remove_prefix(comma + 1);
    }
  }
  auto client = trusted_peer();
  for (auto hop = hops.rbegin(); hop != hops.rend() && transport::contains(trusted_proxies(), client); ++hop) {
    if (hop->empty()) continue;
    const std::array<std::string_view, 1> alone{*hop};
    const auto said =
        transport::client_behind(client, transport::ProxyHeader::x_forwarded_for, alone, trusted_proxies());
    if (said.bytes() == client.bytes()) break;  // it said nothing, or the same
    client = said;
  }
  return client.ip();
}

inline std::string broken_forwarding_rule(std::string_view text) {
  using transport::ProxyHeader;
  const auto lines = header_lines(text);
  const auto stranger = *transport::Address::parse_ip("192.0.2.99");
  for (const auto header : {ProxyHeader::x_forwarded_for, ProxyHeader::forwarded}) {
    if (transport::client_behind(stranger, header, lines, trusted_proxies()).ip() != stranger.ip())
      return "somebody untrusted is believed";
    const bool is_forwarded = header == ProxyHeader::forwarded;
    const std::string hop = is_forwarded ? "for=\"192.0.2.1:80\"" : "192.0.2.1";
    const auto appended = std::string(lines.back()) + ", " + hop + (is_forwarded ? ",for=10.0.0.2" : ",10.0.0.2");
    auto longer = lines;
    longer.back() = appended;
    if (client_of(header, longer) != "192.0.2.1") return "what stands left of what a proxy wrote changes it";
    longer = lines;
    longer.emplace_back(hop);
    if (client_of(header, longer) != "192.0.2.1") return "what stands in an earlier line changes what a proxy wrote";
  }
  // A hop that repeats its proxy's own address is where the naive walk cannot tell the end.
  const bool repeats = text.contains("10.");
  if (!repeats && client_of(ProxyHeader::x_forwarded_for, lines) != naive_client(lines))
    return "the walk differs from the naive one";
  return {};
}

}  // namespace sallyport::fuzz
