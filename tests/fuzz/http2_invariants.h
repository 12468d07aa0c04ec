#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/connection_invariants.h"

// The bytes of a client of HTTP/2 after its preface, on a real connection of a real worker.
namespace sallyport::fuzz {

/// What a client can see of an HTTP/2 connection without understanding the frames.
struct HeardFrames {
  bool are_frames = true;    ///< each whole, or cut off by the end, and none larger than a client allows unasked
  std::uint32_t goaway = 0;  ///< the reason of the last GOAWAY
  std::size_t heads = 0;
};

inline HeardFrames heard_frames(std::string_view bytes) {
  static constexpr std::size_t head_size = 9, most_in_a_frame = 16'384;
  static constexpr unsigned headers = 1, goaway = 7;
  HeardFrames heard;
  while (bytes.size() >= head_size) {
    const auto at = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
    const std::size_t size = at(0) << 16 | at(1) << 8 | at(2);
    if (size > most_in_a_frame || at(3) > 9) heard.are_frames = false;
    if (!heard.are_frames) return heard;
    if (at(3) == headers) ++heard.heads;
    if (at(3) == goaway && bytes.size() >= head_size + 8)
      heard.goaway = at(13) << 24 | at(14) << 16 | at(15) << 8 | at(16);
    bytes.remove_prefix(std::min(bytes.size(), head_size + size));
  }
  return heard;
}

inline std::string with_preface(std::string_view frames) {
  return std::string(http2_preface).append(frames.substr(0, fuzzed_max_stream));
}

inline std::string broken_http2_rule(std::string_view frames) {
  const auto bytes = with_preface(frames);
  for (const std::size_t largest_piece : {bytes.size(), bytes.size() / 16 + 1}) {
    const FuzzedClient client(bytes, {.manner = FuzzedService::Manner::as_path_says, .largest_piece = largest_piece});
    if (!client.has_ended()) return "a connection does not end with its client";
    if (!heard_frames(client.answers()).are_frames) return "a patient client hears what are no frames";
  }
  const FuzzedClient impatient(
      bytes,
      {.manner = FuzzedService::Manner::as_path_says, .largest_piece = 300, .patience = FuzzedTalk::Patience::none});
  if (!impatient.has_ended()) return "a connection outlives every deadline";
  if (!heard_frames(impatient.answers()).are_frames) return "an impatient client hears what are no frames";
  return {};
}

/// Whether a client that says this is served and never told that it broke a rule.
inline bool is_good_http2(std::string_view frames) {
  const FuzzedClient client(with_preface(frames), {.manner = FuzzedService::Manner::as_path_says});
  const auto heard = heard_frames(client.answers());
  return heard.heads > 0 && heard.goaway == 0;
}

}  // namespace sallyport::fuzz
