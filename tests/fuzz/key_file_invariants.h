#pragma once

#include <string>
#include <string_view>

#include "core/base64url.h"
#include "crypto/digest.h"
#include "keys/key_file.h"

namespace sallyport::fuzz {

/// The text with the end line that fits it, without which nothing behind the checksum would be reached.
inline std::string ended_key_file(std::string_view body) {
  return std::string(body) + "end " + core::base64url_encode(crypto::sha256(core::as_bytes(body))) + '\n';
}

inline std::string broken_key_file_rule_of(std::string_view text) {
  const auto parsed = keys::KeyFile::parse(core::Secret(text));
  if (!parsed) {
    if (parsed.error().code != "key_file_malformed") return "the refusal's code";
    return parsed.error().log_detail.empty() ? "a refusal without a reason" : "";
  }
  const auto written = parsed->serialise();
  const auto again = keys::KeyFile::parse(written);
  if (!again || again->keys.size() != parsed->keys.size()) return "what was taken is not written";
  const auto written_again = again->serialise();
  return written_again.reveal() == written.reveal() ? "" : "a file has two spellings";
}

/// The rule that `keys::KeyFile::parse` breaks with this text, whole or without its end; empty if none.
inline std::string broken_key_file_rule(std::string_view text) {
  const auto broken = broken_key_file_rule_of(text);
  return broken.empty() ? broken_key_file_rule_of(ended_key_file(text)) : broken;
}

}  // namespace sallyport::fuzz
