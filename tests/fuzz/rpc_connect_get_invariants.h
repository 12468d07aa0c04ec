#pragma once

#include <string>
#include <string_view>

#include "fuzz/cuts.h"
#include "transport/rpc/base64.h"
#include "transport/rpc/connect_get.h"

namespace sallyport::fuzz {

/// A query holds no more than its length, and a message written into a query anew is the same message.
inline std::string broken_connect_get_rule(std::string_view query) {
  using namespace transport::rpc;
  const auto get = parse_connect_get(query);
  if (!get) {
    const auto code = get.error().code;
    return code == "message_malformed" || code == "unsupported_media_type" ? "" : "refused for no known reason";
  }
  if (get->message.size() > query.size()) return "more comes out than went in";
  if (!lies_within(get->compression, query)) return "the compression is not a part of the query";
  auto again =
      std::string("connect=v1&encoding=") + (get->codec == Codec::json ? "json" : "proto") + "&base64=1&message=";
  std::string message;
  append_base64(message, get->message, Padding::no);
  for (const char c : message) again += c == '+' ? '-' : c == '/' ? '_' : c;
  const auto second = parse_connect_get(again);
  return second && second->message == get->message && second->codec == get->codec ? "" : "it does not read back";
}

}  // namespace sallyport::fuzz
