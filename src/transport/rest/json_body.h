#pragma once

#include <vector>

#include "transport/exchange.h"
#include "transport/rest/json_decoder.h"
#include "transport/rest/json_encoder.h"

namespace sallyport::transport::rest {

/// Reads and checks the media type and the body: `invalid` / "unsupported_media_type" (415), else as
/// `Exchange::read_body`. The view lives as long as the exchange.
core::Task<core::Result<std::string_view>> read_json_text(Exchange& exchange, std::size_t limit);

/// A JSON body as a wire struct; what is wrong with its fields goes to `wrong`, where a second step adds its own.
template <class Request>
core::Task<core::Result<Request>> read_json(Exchange& exchange, std::size_t limit,
                                            std::vector<core::FieldError>& wrong) {
  auto text = co_await read_json_text(exchange, limit);
  if (!text) co_return core::Result<Request>(core::fail(std::move(text)));
  co_return decode_json<Request>(*text, wrong);
}

inline constexpr std::size_t usual_answer_size = 1024;  ///< so that the text does not move as it grows

template <class Answer>
Response json_answer(int status, const Answer& answer) {
  auto response = Response::json(status, {});
  response.body.reserve(usual_answer_size);
  encode_json(response.body, answer);
  return response;
}

/// Takes a field through a value object's `parse`. Adds its rule to `wrong` unless that field is in there already.
template <class Value>
std::optional<Value> parse_field(std::string_view field, std::string_view text, std::vector<core::FieldError>& wrong) {
  const bool is_known = std::ranges::any_of(wrong, [&](const core::FieldError& error) { return error.field == field; });
  if (is_known) return std::nullopt;
  auto value = Value::parse(text);
  if (value) return std::move(*value);
  wrong.push_back({field, value.error().code});
  return std::nullopt;
}

/// The same for a field that may be left out.
template <class Value>
std::optional<Value> parse_optional(std::string_view field, const std::optional<std::string>& text,
                                    std::vector<core::FieldError>& wrong) {
  return text ? parse_field<Value>(field, *text, wrong) : std::nullopt;
}

/// The same for a field of a merge patch (RFC 7396): null, which clears it, is a value too.
template <class Value>
std::optional<std::optional<Value>> parse_change(std::string_view field,
                                                 const std::optional<std::optional<std::string>>& text,
                                                 std::vector<core::FieldError>& wrong) {
  if (!text) return std::nullopt;
  return parse_optional<Value>(field, *text, wrong);
}

inline core::Error invalid_fields(std::vector<core::FieldError> wrong) {
  return {.fault = core::Fault::invalid, .code = "invalid_fields", .fields = std::move(wrong)};
}

}  // namespace sallyport::transport::rest
