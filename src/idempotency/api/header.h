#pragma once

#include <vector>

#include "idempotency/idempotency_key.h"
#include "transport/exchange.h"
#include "transport/route_description.h"

namespace sallyport::idempotency::api {

inline constexpr std::string_view header_name = "Idempotency-Key";

inline constexpr transport::DescribedParameter described_header{
    .in = transport::DescribedParameter::In::header,
    .name = header_name,
    .text =
        "A key of the client's own making. Sent again with the same key and body within a day, the request is not "
        "done twice.",
    .example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
    .limit = {.member = {}, .min = 1, .max = 64}};

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
