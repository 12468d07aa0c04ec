#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/cuts.h"
#include "transport/http1/chunked_decoder.h"
#include "transport/http1/request_head.h"

// What must hold for any bytes at all. Each check answers with the rule that was broken, or nothing; the fuzzers abort
// on one, the unit tests replay the corpora through the same checks.
namespace sallyport::fuzz {

inline std::string broken_rule_of_complete_head(std::string_view bytes, const transport::http1::RequestHead& head) {
  using namespace transport::http1;
  const auto all = [](ByteClass wanted, std::string_view text) {
    return std::ranges::all_of(text, [wanted](char c) { return is(wanted, c); });
  };
  for (const auto view : {head.method, head.target, head.query, head.host})
    if (!lies_within(view, bytes)) return "a view points outside the head";
  if (head.path != "/" && !lies_within(head.path, head.target)) return "the path is not of the target";
  if (head.method.empty() || !all(token_byte, head.method)) return "the method is not a token";
  if (head.target.empty() || !all(target_byte, head.target)) return "the target holds other bytes";
  if (head.path != "*" && !head.path.starts_with('/')) return "the path does not start with a slash";
  if (head.host.empty() && head.minor_version != 0) return "there is no host";
  for (const auto& [name, value] : head.fields) {
    if (!lies_within(name, bytes) || !lies_within(value, bytes)) return "a field points outside the head";
    if (name.empty() || !all(token_byte, name)) return "a field name is not a token";
    if (!all(field_value_byte, value) || trim_ows(value) != value) return "a field value holds other bytes";
  }
  const auto& fields = head.fields;
  if (fields.count("Host") > 1) return "Host is repeated";
  if (fields.count("Content-Length") != (head.framing == Framing::content_length ? 1U : 0U)) return "length";
  if (fields.count("Transfer-Encoding") != (head.framing == Framing::chunked ? 1U : 0U)) return "coding";
  if (!bytes.ends_with("\r\n\r\n")) return "the head does not end with an empty line";
  return {};
}

inline std::string broken_head_rule(std::string_view bytes, const transport::http1::HeadLimits& limits) {
  using namespace transport::http1;
  static RequestHead head;
  const auto is_same = [](const HeadOutcome& left, const HeadOutcome& right) {
    return left.status == right.status && left.consumed == right.consumed && left.refusal == right.refusal;
  };
  const auto whole = parse_request_head(bytes, head, limits);
  if (whole.consumed > bytes.size()) return "more was consumed than given";
  if ((whole.status == HeadStatus::complete) != (whole.consumed > 0)) return "only a complete head consumes";
  if ((whole.status == HeadStatus::refused) != (whole.refusal.status >= 400)) return "only a refusal has a status";
  if (whole.status == HeadStatus::complete)
    if (auto broken = broken_rule_of_complete_head(bytes.substr(0, whole.consumed), head); !broken.empty())
      return broken;

  Cuts cuts(bytes);
  const std::size_t step = bytes.size() / 256 + 1;
  for (std::size_t length = 0; length < bytes.size(); length += cuts.next(step)) {
    const auto part = parse_request_head(bytes.substr(0, length), head, limits);
    if (whole.status == HeadStatus::complete && (length < whole.consumed) != (part.status == HeadStatus::incomplete))
      return "a complete head is not incomplete exactly before its end";
    if (part.status != HeadStatus::incomplete && !is_same(part, whole)) return "more bytes changed a decision";
  }

  HeadOutcome trickled;
  for (std::size_t length = 0, scanned = 0; trickled.status == HeadStatus::incomplete && scanned < bytes.size();) {
    length = std::min(bytes.size(), length + cuts.next(step * 8));
    trickled = parse_request_head(bytes.substr(0, length), head, limits, scanned);
    scanned = length;
  }
  const bool may_come_later = whole.status == HeadStatus::refused && trickled.status == HeadStatus::incomplete;
  if (!is_same(trickled, whole) && !may_come_later) return "a head that trickles in is decided differently";
  return {};
}

/// Under the limits of the server, and under limits a fuzzer's short inputs can reach.
inline std::string broken_head_rule(std::string_view bytes) {
  auto broken = broken_head_rule(bytes, {});
  return broken.empty() ? broken_head_rule(bytes, {.max_bytes = 600, .max_fields = 4, .max_target = 32}) : broken;
}

struct Decoded {
  transport::http1::ChunkedProgress progress;
  std::string body;
};

template <class NextLength>
Decoded decode_in_pieces(std::string_view wire, std::uint64_t max_body, NextLength next_length) {
  using namespace transport::http1;
  ChunkedDecoder decoder(max_body);
  Decoded decoded;
  std::size_t consumed = 0;
  while (decoded.progress.state == ChunkedState::needs_more && consumed < wire.size()) {
    decoded.progress = decoder.feed(wire.substr(consumed, next_length()), decoded.body);
    consumed += decoded.progress.consumed;
  }
  decoded.progress.consumed = consumed;
  return decoded;
}

template <class NextLength>
std::string encode_in_chunks(std::string_view body, NextLength next_length) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string wire;
  while (!body.empty()) {
    const auto chunk = body.substr(0, next_length());
    std::string size;
    for (std::size_t rest = chunk.size(); rest > 0; rest >>= 4) size.insert(size.begin(), hex[rest & 15]);
    wire.append(size).append("\r\n").append(chunk).append("\r\n");
    body.remove_prefix(chunk.size());
  }
  return wire + "0\r\n\r\n";
}

inline constexpr std::uint64_t fuzzed_max_body = 4096;

inline std::string broken_chunked_rule(std::string_view wire) {
  using namespace transport::http1;
  Cuts cuts(wire);
  const auto whole = decode_in_pieces(wire, fuzzed_max_body, [] { return std::string_view::npos; });
  if (whole.progress.consumed > wire.size()) return "more was consumed than given";
  if (whole.body.size() > fuzzed_max_body) return "the body is larger than allowed";
  if (whole.body.size() > wire.size()) return "the body is larger than its encoding";
  if (whole.progress.state == ChunkedState::needs_more && whole.progress.consumed != wire.size())
    return "it asks for more with bytes left";
  if ((whole.progress.state == ChunkedState::refused) != (whole.progress.refusal.status >= 400))
    return "only a refusal has a status";

  for (const std::size_t most : {std::size_t{1}, std::size_t{7}, wire.size() + 1}) {
    const auto pieces = decode_in_pieces(wire, fuzzed_max_body, [&] { return cuts.next(most); });
    if (pieces.progress.state != whole.progress.state || pieces.progress.refusal != whole.progress.refusal)
      return "the pieces are decided differently";
    if (pieces.progress.consumed != whole.progress.consumed) return "the pieces end elsewhere";
    if (pieces.body != whole.body) return "the pieces hold another body";
  }

  if (whole.progress.state == ChunkedState::done) {
    const auto again = encode_in_chunks(whole.body, [&] { return cuts.next(300); });
    const auto back = decode_in_pieces(again, fuzzed_max_body, [&] { return cuts.next(50); });
    if (back.progress.state != ChunkedState::done || back.body != whole.body) return "encoding again loses the body";
  }
  return {};
}

}  // namespace sallyport::fuzz
