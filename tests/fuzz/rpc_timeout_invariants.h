#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "transport/rpc/timeout.h"

namespace sallyport::fuzz {

/// Times are between nothing and the longest there is, and of nothing but digits and, for gRPC, one unit.
inline std::string broken_timeout_rule(std::string_view text) {
  using namespace transport::rpc;
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto grpc = parse_grpc_timeout(text);
  const auto connect = parse_connect_timeout(text);
  for (const auto& time : {grpc, connect}) {
    if (time && (*time < std::chrono::milliseconds{0} || *time > longest_timeout)) return "no such time";
  }
  const auto number = text.substr(0, text.empty() ? 0 : text.size() - 1);
  const bool is_grpc =
      is_digits(number) && number.size() <= 8 && std::string_view("HMSmun").find(text.back()) != std::string_view::npos;
  if (grpc.has_value() != is_grpc) return "gRPC would not say so";
  if (connect.has_value() != (is_digits(text) && text.size() <= 10)) return "Connect would not say so";
  return {};
}

}  // namespace sallyport::fuzz
