#pragma once

#include <string>
#include <string_view>

#include "fuzz/cuts.h"
#include "transport/rpc/envelope.h"

namespace sallyport::fuzz {

inline constexpr std::size_t fuzzed_message_limit = 64;

/// What a reader makes of bytes that come in pieces which end where `cuts` says: its envelopes written again, and how
/// it ended.
struct EnvelopesRead {
  std::string again;
  bool is_refused = false;
  bool is_between = false;
  friend bool operator==(const EnvelopesRead&, const EnvelopesRead&) = default;
};
template <class NextSize>
EnvelopesRead read_envelopes(std::string_view bytes, NextSize next_size) {
  transport::rpc::EnvelopeReader reader(fuzzed_message_limit);
  EnvelopesRead read;
  while (!bytes.empty() && !read.is_refused) {
    const auto piece = bytes.substr(0, next_size(bytes.size()));
    bytes.remove_prefix(piece.size());
    reader.feed(piece);
    for (;;) {
      const auto next = reader.next();
      read.is_refused = !next;
      if (!next || !*next) break;
      transport::rpc::append_envelope_head(read.again, (*next)->flags, (*next)->payload.size());
      read.again.append((*next)->payload);
    }
  }
  read.is_between = !read.is_refused && reader.is_between_envelopes();
  return read;
}

/// Envelopes are the same in whatever pieces they come, none is above the limit, and nothing is lost of what was read.
inline std::string broken_envelope_rule(std::string_view bytes) {
  const auto whole = read_envelopes(bytes, [](std::size_t size) { return size; });
  if (!bytes.starts_with(whole.again)) return "what was read is not what came";
  if (whole.is_between != (whole.again.size() == bytes.size())) return "an end is taken for none";
  const auto rest = bytes.substr(whole.again.size());
  if (!whole.is_refused && rest.size() >= transport::rpc::envelope_head_size + fuzzed_message_limit)
    return "more is waited for than may come";
  Cuts cuts(bytes);
  if (read_envelopes(bytes, [&](std::size_t most) { return cuts.next(most); }) != whole)
    return "pieces are read as something else";
  return {};
}

}  // namespace sallyport::fuzz
