#pragma once

#include <string>
#include <string_view>

#include "fuzz/cuts.h"
#include "transport/rpc/base64.h"

namespace sallyport::fuzz {

/// Base64 with padding in its middle is the same in whatever pieces it comes, never longer than its text, and what was
/// read reads back.
inline std::string broken_web_text_rule(std::string_view text) {
  using transport::rpc::Base64Stream;
  std::string whole;
  Base64Stream stream;
  const bool is_read = stream.feed(text, whole);
  if (!is_read && stream.is_whole()) return "what is broken is whole";
  if (whole.size() > text.size() / 4 * 3) return "more comes out than went in";

  std::string pieces;
  Base64Stream cut;
  Cuts cuts(text);
  for (auto rest = text; !rest.empty();) {
    const auto size = cuts.next(rest.size());
    cut.feed(rest.substr(0, size), pieces);
    rest.remove_prefix(size);
  }
  if (pieces != whole || cut.is_whole() != stream.is_whole()) return "pieces are read as something else";

  std::string again;
  append_base64(again, whole, transport::rpc::Padding::yes);
  if (transport::rpc::decode_base64(again) != whole) return "it does not read back";
  const auto at_once = transport::rpc::decode_base64(text);
  if (at_once && stream.is_whole() && *at_once != whole) return "two readers differ";
  return {};
}

}  // namespace sallyport::fuzz
