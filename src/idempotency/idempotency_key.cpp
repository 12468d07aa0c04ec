#include "idempotency/idempotency_key.h"

#include <algorithm>
#include <optional>

namespace sallyport::idempotency {
namespace {

constexpr bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

/// What stands in the quotes of an sf-string (RFC 8941 §4.2.5); nothing if it is none, or something follows.
std::optional<std::string> unquoted(std::string_view text) {
  std::string content;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size() ? std::optional(std::move(content)) : std::nullopt;
    if (text[i] == '\\' && (++i == text.size() || (text[i] != '"' && text[i] != '\\'))) return std::nullopt;
    content += text[i];
  }
  return std::nullopt;
}

}  // namespace

core::Result<IdempotencyKey> IdempotencyKey::parse(std::string_view header) {
  auto text = header.starts_with('"') ? unquoted(header) : std::optional<std::string>(header);
  const bool is_good =
      text && !text->empty() && text->size() <= max_bytes && std::ranges::all_of(*text, is_visible) &&
      (header.starts_with('"') || std::ranges::none_of(*text, [](char c) { return c == '"' || c == ',' || c == ';'; }));
  if (!is_good) return core::fail(core::Fault::invalid, "idempotency_key_malformed");
  return IdempotencyKey(std::move(*text));
}

}  // namespace sallyport::idempotency
