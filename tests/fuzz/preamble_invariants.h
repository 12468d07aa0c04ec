#pragma once

#include <string>
#include <string_view>

#include "fuzz/cuts.h"
#include "transport/proxy/preamble.h"

namespace sallyport::fuzz {

/// A preamble is found, refused or waited for alike in whatever pieces it comes.
inline std::string broken_preamble_rule(std::string_view text, transport::ProxyHeader version) {
  using Status = transport::Preamble::Status;
  const auto whole = transport::read_preamble(version, text);
  if (whole.status == Status::complete && (whole.size == 0 || whole.size > text.size())) return "it has no size";
  if (whole.status == Status::complete && whole.size > transport::max_preamble) return "it is too long";
  if (whole.status == Status::incomplete && text.size() >= transport::max_preamble) return "it is waited for too long";
  Cuts cuts(text);
  for (int i = 0; i < 32 && !text.empty(); ++i) {
    const auto size = cuts.next(text.size()) - 1;
    const auto part = transport::read_preamble(version, text.substr(0, size));
    if (part.status == Status::refused && whole.status != Status::refused)
      return "a part is refused and the whole is not";
    if (part.status == Status::complete && (whole.status != Status::complete || part.size != whole.size))
      return "a part is enough and the whole is not";
    if (whole.status == Status::complete && size < whole.size && part.status != Status::incomplete)
      return "a part is not waited for";
  }
  return {};
}

inline std::string broken_preamble_rule(std::string_view text) {
  auto broken = broken_preamble_rule(text, transport::ProxyHeader::proxy_v1);
  return broken.empty() ? broken_preamble_rule(text, transport::ProxyHeader::proxy_v2) : broken;
}

}  // namespace sallyport::fuzz
