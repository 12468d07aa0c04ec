#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "idempotency/idempotency_key.h"

namespace sallyport::fuzz {

inline std::string broken_idempotency_key_rule(std::string_view header) {
  using idempotency::IdempotencyKey;
  const auto key = IdempotencyKey::parse(header);
  if (!key) return key.error().code == "idempotency_key_malformed" ? "" : "the refusal's code";
  const auto name = key->str();
  if (name.empty() || name.size() > IdempotencyKey::max_bytes) return "it is too short or too long";
  if (!std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f; })) return "it holds an invisible byte";
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  const auto again = IdempotencyKey::parse(quoted + '"');
  if (!again || again->str() != name) return "in quotes it is another";
  return {};
}

}  // namespace sallyport::fuzz
