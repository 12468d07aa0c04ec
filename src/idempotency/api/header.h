#pragma once

#include <vector>

#include "idempotency/idempotency_key.h"
#include "transport/exchange.h"

namespace sallyport::idempotency::api {

inline constexpr std::string_view header_name = "Idempotency-Key";

/// The key of the request, if it has one. What is none, or stands there twice, is a wrong field of that name.
inline std::optional<IdempotencyKey> key_of(const transport::Exchange& exchange, std::vector<core::FieldError>& wrong) {
  std::vector<std::string_view> lines;
  exchange.each_header(
      header_name,
      [](void* to, std::string_view value) { static_cast<std::vector<std::string_view>*>(to)->push_back(value); },
      &lines);
  if (lines.empty()) return std::nullopt;
  auto key = IdempotencyKey::parse(lines.front());
  if (key && lines.size() == 1) return std::move(*key);
  wrong.push_back({header_name, "idempotency_key_malformed"});
  return std::nullopt;
}

}  // namespace sallyport::idempotency::api
